//! Search, live: results while one types, a memory beside them. This is the loop: events come in, the state changes, a
//! frame goes out.
//! It must not know ranking, nor how an answer is found.
//! Invariant: nothing here waits for the daemon; the terminal is given back before a word is printed.

mod draw;
mod filters;
mod input;
mod item;
mod keys;
mod page;
#[cfg(test)]
mod samples;
mod state;
mod terminal;
mod worker;

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use jiff::Zoned;
use quipu_protocol::fault::{Fault, FaultKind};
use ratatui_crossterm::crossterm::event::{self, Event as Input};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGWINCH};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use draw::{Colour, Theme};
pub(crate) use filters::Asked;
use keys::Command;
use state::{Effect, State};
use terminal::Taken;
use worker::{Answer, Worker};

/// While an answer is due, how often the screen says for how long.
const BEAT: Duration = Duration::from_millis(250);

/// What the loop wakes up for.
enum Event {
    Input(Input),
    Answer(Answer),
    Signal(i32),
    /// Nothing can be typed any more.
    InputEnded,
}

/// Runs the view until its user leaves. The id that he copied last is printed then: not every terminal has a clipboard.
pub(crate) fn run(asked: Asked) -> Result<(), Fault> {
    let (sender, events) = mpsc::channel();
    let theirs = sender.clone();
    // Nobody listens any more once the loop has ended.
    let worker = Worker::start(move |answer| drop(theirs.send(Event::Answer(answer))))?;
    let mut signals = Signals::new([SIGTERM, SIGHUP, SIGINT, SIGWINCH]).map_err(|error| unusable(&error))?;
    let theirs = sender.clone();
    std::thread::spawn(move || signals.forever().for_each(|signal| drop(theirs.send(Event::Signal(signal)))));
    let mut state = State::new(asked);
    let terminal = Taken::take().map_err(|error| unusable(&error))?;
    std::thread::spawn(move || read(&sender));
    let ended = Loop { terminal, worker: &worker, state: &mut state, events, asked_at: Instant::now() }.run();
    worker.end();
    match ended {
        Ok(None) => {}
        // The default of each is to end the process, and whoever sent it sees that it did.
        Ok(Some(signal)) => drop(emulate_default_handler(signal)),
        Err(error) => return Err(unusable(&error)),
    }
    if let Some(id) = &state.copied {
        anstream::println!("{id}");
    }
    Ok(())
}

fn read(sender: &Sender<Event>) {
    while let Ok(input) = event::read() {
        if sender.send(Event::Input(input)).is_err() {
            return;
        }
    }
    let _ = sender.send(Event::InputEnded);
}

fn unusable(error: &std::io::Error) -> Fault {
    Fault::new(FaultKind::Unavailable, "no_terminal", format!("the terminal cannot be used: {error}"))
        .hint("`quipu search WORDS…` needs none")
}

struct Loop<'a> {
    terminal: Taken,
    worker: &'a Worker,
    state: &'a mut State,
    events: Receiver<Event>,
    asked_at: Instant,
}

/// Why the loop ends; a signal, or nothing but the user's wish.
type End = Option<i32>;

impl Loop<'_> {
    fn run(mut self) -> std::io::Result<End> {
        let theme = Theme::new(Colour::of_stdout());
        self.ask();
        loop {
            if let Some(id) = self.state.wants() {
                self.worker.fetch(id);
            }
            let now = Zoned::now();
            self.terminal.draw(|frame| draw::draw(self.state, &theme, &now, frame))?;
            let mut next = self.wait();
            // A frame shows what came of everything that waits: pasted text is one, not a hundred.
            while let Some(event) = next {
                if let Some(end) = self.take(event)? {
                    return Ok(end);
                }
                next = self.events.try_recv().ok();
            }
        }
    }

    fn wait(&mut self) -> Option<Event> {
        if !self.state.is_waiting() {
            // The sender of the input's thread is there until it has said that it ends.
            return Some(self.events.recv().unwrap_or(Event::InputEnded));
        }
        let event = self.events.recv_timeout(BEAT);
        self.state.waited = self.asked_at.elapsed();
        match event {
            Ok(event) => Some(event),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(Event::InputEnded),
        }
    }

    fn take(&mut self, event: Event) -> std::io::Result<Option<End>> {
        let command = match event {
            // A terminal that became smaller and as large again has lost what it showed. Crossterm tells sizes too, but
            // not one that comes in the same moment as a key.
            Event::Signal(SIGWINCH) => Some(Command::Redraw),
            Event::Signal(signal) => return Ok(Some(Some(signal))),
            Event::InputEnded => return Ok(Some(None)),
            Event::Answer(answer) => {
                self.state.answer(answer, &Zoned::now());
                None
            }
            Event::Input(Input::Key(key)) => keys::command(key, self.state.screen),
            Event::Input(Input::Paste(text)) => Some(Command::Type(text)),
            Event::Input(_) => None,
        };
        match command.and_then(|command| self.state.command(command)) {
            Some(Effect::Ask) => self.ask(),
            Some(Effect::Copy(id)) => self.terminal.copy(&id)?,
            Some(Effect::Redraw) => self.terminal.forget()?,
            Some(Effect::Leave) => return Ok(Some(None)),
            None => {}
        }
        Ok(None)
    }

    fn ask(&mut self) {
        let (asked, question) = self.state.ask(&Zoned::now());
        self.asked_at = Instant::now();
        self.worker.ask(asked, question);
    }
}
