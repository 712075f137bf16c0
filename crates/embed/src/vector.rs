//! A direction in 256 dimensions: eight bits a dimension to compare exactly enough, one bit to look through many.
//! It must not know where vectors come from or where they are kept.
//! Invariant: a vector's bytes and its code are functions of each other's source; both are stored nowhere twice.

/// Dimensions of every vector here.
pub const DIMENSIONS: usize = 256;

/// A direction, quantised to eight bits a dimension (symmetric, one scale a vector, which the length gives back).
#[derive(Clone, PartialEq)]
pub struct Vector {
    bytes: Box<[i8; DIMENSIONS]>,
    /// One over the length of `bytes`.
    inverse: f32,
}

/// A direction that is asked for: sixteen bits a dimension, for there is but one and it is kept nowhere. Cut to eight like
/// what it is compared with, it would miss half again as many of the nearest.
#[derive(Clone, PartialEq)]
pub struct Direction {
    dimensions: Box<[i16; DIMENSIONS]>,
    /// One over the length of `dimensions`.
    inverse: f32,
}

/// One bit a dimension: whether it is positive. 32 bytes, so that a million take 32 MB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Code(pub [u64; DIMENSIONS / 64]);

impl Vector {
    /// The direction of `sum`; none when it has no length.
    pub fn of(sum: &[f32; DIMENSIONS]) -> Option<Self> {
        let most = sum.iter().fold(0.0f32, |most, x| most.max(x.abs()));
        if !(most.is_finite() && most > 0.0) {
            return None;
        }
        let step = 127.0 / most;
        Some(Self::from_bytes(std::array::from_fn(|d| (sum[d] * step).round() as i8)))
    }

    /// A vector as [`Vector::to_bytes`] wrote it; none when it is not one, or has no length.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; DIMENSIONS] = bytes.try_into().ok()?;
        let vector = Self::from_bytes(bytes.map(|b| b as i8));
        vector.inverse.is_finite().then_some(vector)
    }

    fn from_bytes(bytes: [i8; DIMENSIONS]) -> Self {
        let square = dot(&bytes, &bytes);
        Self { bytes: Box::new(bytes), inverse: 1.0 / (square as f32).sqrt() }
    }

    /// As it is stored: one byte a dimension.
    pub fn to_bytes(&self) -> [u8; DIMENSIONS] {
        self.bytes.map(|b| b as u8)
    }

    /// The eight-bit dimensions.
    pub fn dimensions(&self) -> &[i8; DIMENSIONS] {
        &self.bytes
    }

    /// One over the length of [`Vector::dimensions`].
    pub fn inverse_length(&self) -> f32 {
        self.inverse
    }

    /// The cosine to another vector, -1 to 1.
    pub fn cosine(&self, other: &Vector) -> f32 {
        dot(&self.bytes, &other.bytes) as f32 * self.inverse * other.inverse
    }

    /// Its signs.
    pub fn code(&self) -> Code {
        let mut code = Code::default();
        for (d, x) in self.bytes.iter().enumerate() {
            code.0[d / 64] |= u64::from(*x > 0) << (d % 64);
        }
        code
    }
}

impl Direction {
    /// The direction of `sum`; none when it has no length.
    pub fn of(sum: &[f32; DIMENSIONS]) -> Option<Self> {
        let most = sum.iter().fold(0.0f32, |most, x| most.max(x.abs()));
        if !(most.is_finite() && most > 0.0) {
            return None;
        }
        let step = f32::from(i16::MAX) / most;
        let dimensions = Box::new(sum.map(|x| (x * step).round() as i16));
        let square: f32 = dimensions.iter().map(|x| f32::from(*x) * f32::from(*x)).sum();
        Some(Self { dimensions, inverse: 1.0 / square.sqrt() })
    }

    /// The sixteen-bit dimensions.
    pub fn dimensions(&self) -> &[i16; DIMENSIONS] {
        &self.dimensions
    }

    /// One over the length of [`Direction::dimensions`].
    pub fn inverse_length(&self) -> f32 {
        self.inverse
    }

    /// Its signs.
    pub(crate) fn code(&self) -> Code {
        let mut code = Code::default();
        for (d, x) in self.dimensions.iter().enumerate() {
            code.0[d / 64] |= u64::from(*x > 0) << (d % 64);
        }
        code
    }

    /// Two bits a dimension, as a question is compared with codes: the signs, and whether each dimension is farther
    /// from 0 than it is on the average (in the sign's direction). Twice the first plane's distance and once the
    /// second's go by the product with four levels, ±1 and ±3, in place of ±1 alone.
    pub fn planes(&self) -> [Code; 2] {
        let signs = self.code();
        let average = 1.0 / (self.inverse * (DIMENSIONS as f32).sqrt());
        let mut sizes = Code::default();
        for (d, x) in self.dimensions.iter().enumerate() {
            sizes.0[d / 64] |= u64::from((*x > 0) == (f32::from(x.unsigned_abs()) > average)) << (d % 64);
        }
        [signs, sizes]
    }
}

impl From<&Vector> for Direction {
    fn from(vector: &Vector) -> Self {
        Self { dimensions: Box::new(vector.bytes.map(i16::from)), inverse: vector.inverse }
    }
}

impl std::fmt::Debug for Direction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Direction({:?}…)", &self.dimensions[..4])
    }
}

impl std::fmt::Debug for Vector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Vector({:?}…)", &self.bytes[..4])
    }
}

/// The product of two vectors of bytes. A plain loop: the compiler makes wide instructions of it.
fn dot(a: &[i8; DIMENSIONS], b: &[i8; DIMENSIONS]) -> i32 {
    let mut sum = 0i32;
    for d in 0..DIMENSIONS {
        sum += i32::from(a[d]) * i32::from(b[d]);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn along(f: impl Fn(usize) -> f32) -> Option<Vector> {
        Vector::of(&std::array::from_fn(f))
    }

    #[test]
    fn keeps_directions_and_refuses_what_has_none() {
        let wave = |n: f32| along(move |d| (d as f32 * n).sin());
        let (a, b) = (wave(0.1).expect("a direction"), wave(0.7).expect("a direction"));
        assert!((a.cosine(&a) - 1.0).abs() < 1e-5 && a.cosine(&b).abs() < 0.1);
        let exact: f32 = (0..256).map(|d| (d as f32 * 0.1).sin() * ((d as f32 * 0.1).sin() + 0.3)).sum();
        let shifted = along(|d| (d as f32 * 0.1).sin() + 0.3).expect("a direction");
        let length = |f: &dyn Fn(usize) -> f32| (0..256).map(|d| f(d) * f(d)).sum::<f32>().sqrt();
        let want = exact / length(&|d| (d as f32 * 0.1).sin()) / length(&|d| (d as f32 * 0.1).sin() + 0.3);
        assert!((a.cosine(&shifted) - want).abs() < 0.005, "{} {want}", a.cosine(&shifted));
        assert!(along(|_| 0.0).is_none() && along(|_| f32::NAN).is_none() && along(|_| f32::INFINITY).is_none());
    }

    #[test]
    fn bytes_go_there_and_back() {
        let vector = along(|d| d as f32 - 100.0).expect("a direction");
        assert_eq!(Vector::parse(&vector.to_bytes()), Some(vector.clone()));
        assert!(Vector::parse(&[0; 256]).is_none() && Vector::parse(&[1; 255]).is_none());
        assert_eq!(vector.code().0.iter().map(|w| w.count_ones()).sum::<u32>(), 155);
    }

    #[test]
    fn planes_are_signs_and_sizes() {
        let parts = std::array::from_fn(|d| [3.0, 1.0, -1.0, -3.0][d % 4]);
        for direction in [Direction::of(&parts), Vector::of(&parts).as_ref().map(Direction::from)] {
            let [signs, sizes] = direction.expect("a direction").planes();
            assert_eq!((signs.0[0] & 15, sizes.0[0] & 15), (0b0011, 0b0101));
        }
        assert!(Direction::of(&[0.0; DIMENSIONS]).is_none() && Direction::of(&[f32::NAN; DIMENSIONS]).is_none());
    }
}
