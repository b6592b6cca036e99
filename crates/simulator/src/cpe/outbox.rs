//! What a device has to tell the ACS in requests of its own, such as TransferComplete (TR-069 A.3.3, A.4.2).

use super::state::State;
use cwmp::{AcsResponse, CpeRequest, EventCode};

/// A request that waits for its answer, whatever happens in between.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub id: u64,
    pub request: CpeRequest,
    /// What announces it in the Inform, and is delivered by its answer.
    pub events: Vec<(EventCode, String)>,
    /// Sessions to let pass before it is spoken of.
    pub hold: u32,
    /// How often it is still to be sent after this time: some devices say things twice.
    pub copies: u32,
    /// The copy goes in a later session, with its events again.
    pub apart: bool,
    /// It is sent in the session that brought it about, however late (rule 112).
    pub late: bool,
    /// The transfer that is over when this is answered.
    pub transfer: Option<u64>,
    /// The Inform of the running session was sent after it was there.
    announced: bool,
    /// It had its turn in the running session.
    tried: bool,
}

impl Letter {
    pub fn new(request: CpeRequest, events: Vec<(EventCode, String)>) -> Self {
        Self {
            id: 0,
            request,
            events,
            hold: 0,
            copies: 0,
            apart: false,
            late: false,
            transfer: None,
            announced: false,
            tried: false,
        }
    }
}

/// What the ACS said to a letter.
#[derive(Clone, Debug)]
pub(crate) enum Reaction {
    Answered(AcsResponse),
    /// A fault other than "retry request".
    Fault(u32),
}

/// The letters, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    letters: Vec<Letter>,
    last_id: u64,
}

impl Outbox {
    /// First contact, a new ACS, a factory reset: what was to be told is void (§3.7.1.5).
    pub fn clear(&mut self) {
        self.letters.clear();
    }
}

impl State {
    /// Has something to tell. The device comes for it at once, unless the letter is held back or nothing announces it.
    pub(super) fn post(&mut self, mut letter: Letter) {
        self.outbox.last_id += 1;
        letter.id = self.outbox.last_id;
        if letter.hold == 0 {
            self.announce(&letter.events);
        }
        self.outbox.letters.push(letter);
    }

    fn announce(&mut self, events: &[(EventCode, String)]) {
        for (code, key) in events {
            self.happen(code.clone(), key);
        }
    }

    /// A session begins: all letters that wait for nothing have been announced by its Inform.
    pub(super) fn sort_letters(&mut self) {
        for letter in &mut self.outbox.letters {
            letter.announced = letter.hold == 0;
            letter.tried = false;
        }
    }

    /// The next letter of this session: one that its Inform announced or, if it is `late`, one that cannot wait.
    pub fn next_letter(&mut self, late: bool) -> Option<Letter> {
        let fits = |letter: &Letter| if late { letter.late } else { letter.announced };
        let letter = self.outbox.letters.iter_mut().find(|letter| !letter.tried && letter.hold == 0 && fits(letter))?;
        letter.tried = true;
        Some(letter.clone())
    }

    /// What the ACS said to a letter. A method that the ACS does not know is not tried again.
    pub fn reacted(&mut self, id: u64, reaction: Reaction) {
        let Some(index) = self.outbox.letters.iter().position(|letter| letter.id == id) else { return };
        match reaction {
            Reaction::Answered(response) => {
                let method = self.outbox.letters[index].request.method().to_owned();
                *self.stats.told.entry(method).or_default() += 1;
                match response {
                    AcsResponse::GetRpcMethods { methods } => self.stats.acs_methods = methods,
                    AcsResponse::Kicked { next_url } => self.stats.next_url = next_url,
                    _ => {}
                }
            }
            Reaction::Fault(code) => {
                self.stats.refused += 1;
                if code != cwmp::fault::acs::METHOD_NOT_SUPPORTED {
                    return;
                }
            }
        }
        let mut letter = self.outbox.letters.remove(index);
        for (code, key) in &letter.events {
            let shared = self
                .outbox
                .letters
                .iter()
                .any(|other| other.hold == 0 && other.events.iter().any(|(also, its)| (also, its) == (code, key)));
            // `7 TRANSFER COMPLETE` stands for all transfers that are over.
            if !shared {
                self.events.answered(code, key);
            }
        }
        if letter.copies > 0 {
            letter.copies -= 1;
            letter.tried = false;
            if letter.apart {
                letter.hold = 1;
            }
            self.outbox.letters.push(letter);
            return;
        }
        if let Some(transfer) = letter.transfer {
            self.transfer_told(transfer);
        }
    }

    /// A session is over: letters that were held back come a step nearer.
    pub(super) fn close_letters(&mut self, success: bool) {
        let mut due = Vec::new();
        for letter in &mut self.outbox.letters {
            if success && letter.hold > 0 {
                letter.hold -= 1;
                if letter.hold == 0 {
                    due.extend(letter.events.iter().cloned());
                }
            }
            letter.announced = false;
            letter.tried = false;
        }
        self.announce(&due);
    }
}
