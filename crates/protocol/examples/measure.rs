//! throwaway
use quipu_protocol::{config::Config, env::Env};
fn main() {
    let path = std::path::PathBuf::from(std::env::args().nth(1).expect("path"));
    let env = Env::read();
    let mut t: Vec<u128> = (0..2000)
        .map(|_| {
            let s = std::time::Instant::now();
            std::hint::black_box(Config::of_user(&path, &env).with(None, &env, &[]));
            s.elapsed().as_nanos()
        })
        .collect();
    println!("first {} ns", t[0]);
    t.sort();
    println!("median {} ns, p99 {} ns", t[1000], t[1980]);
    let s = std::time::Instant::now();
    for _ in 0..1000 {
        std::hint::black_box(Env::read());
    }
    println!("Env::read {} ns", s.elapsed().as_nanos() / 1000);
}
