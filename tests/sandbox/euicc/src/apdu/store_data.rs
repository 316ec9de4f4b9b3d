//! STORE DATA: an ES10 command in blocks (SGP.22 5.7.2).

use super::{Command, Status};

/// More blocks follow.
const P1_MORE: u8 = 0x11;
/// The last block, or the only one.
const P1_LAST: u8 = 0x91;

/// The blocks of a command that has not come to its end. Each channel has its own.
#[derive(Debug, Default)]
pub(crate) struct Chain {
    data: Vec<u8>,
    /// The number of the next block; `None` when no command has begun.
    next: Option<u16>,
}

impl Chain {
    /// Forgets a command that has begun.
    pub(crate) fn drop_all(&mut self) {
        *self = Self::default();
    }

    /// Takes one block. Gives the whole command when it was the last.
    ///
    /// Block 0 always begins anew: a terminal that lost its way starts over. Any other number must be the next one.
    pub(crate) fn push(
        &mut self,
        command: &Command<'_>,
        limit: u32,
    ) -> Result<Option<Vec<u8>>, Status> {
        let pushed = self.try_push(command, limit);
        if pushed.is_err() {
            self.drop_all();
        }
        pushed
    }

    fn try_push(&mut self, command: &Command<'_>, limit: u32) -> Result<Option<Vec<u8>>, Status> {
        let last = match command.p1 {
            P1_MORE => false,
            P1_LAST => true,
            _ => return Err(Status::WRONG_PARAMETERS),
        };
        let data = command.some_data()?;
        match (self.next, u16::from(command.p2)) {
            (_, 0) => self.data.clear(),
            (None, _) => return Err(Status::CONDITIONS_NOT_SATISFIED),
            (Some(next), number) if next == number => {}
            _ => return Err(Status::WRONG_PARAMETERS),
        }
        if self.data.len() + data.len() > usize::try_from(limit).unwrap_or(usize::MAX) {
            return Err(Status::NOT_ENOUGH_MEMORY);
        }
        self.data.extend_from_slice(data);
        if last {
            self.next = None;
            return Ok(Some(std::mem::take(&mut self.data)));
        }
        self.next = Some(u16::from(command.p2) + 1);
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(chain: &mut Chain, p1: u8, p2: u8, data: &[u8]) -> Result<Option<Vec<u8>>, Status> {
        let mut octets = vec![0x80, 0xE2, p1, p2, data.len() as u8];
        octets.extend(data);
        chain.push(&Command::parse(&octets).unwrap(), 1000)
    }

    #[test]
    fn blocks_are_joined_and_the_next_command_starts_at_0_again() {
        let mut chain = Chain::default();
        assert_eq!(push(&mut chain, 0x11, 0, &[1, 2]), Ok(None));
        assert_eq!(push(&mut chain, 0x11, 1, &[3]), Ok(None));
        assert_eq!(push(&mut chain, 0x91, 2, &[4]), Ok(Some(vec![1, 2, 3, 4])));
        assert_eq!(push(&mut chain, 0x91, 3, &[5]), Err(Status::CONDITIONS_NOT_SATISFIED));
        assert_eq!(push(&mut chain, 0x91, 0, &[5]), Ok(Some(vec![5])));
    }

    #[test]
    fn a_wrong_number_or_parameter_ends_the_command() {
        for (p1, p2, status) in [
            (0x11, 2, Status::WRONG_PARAMETERS),
            (0x91, 2, Status::WRONG_PARAMETERS),
            (0x90, 1, Status::WRONG_PARAMETERS),
            (0x00, 1, Status::WRONG_PARAMETERS),
        ] {
            let mut chain = Chain::default();
            assert_eq!(push(&mut chain, 0x11, 0, &[1]), Ok(None));
            assert_eq!(push(&mut chain, p1, p2, &[2]), Err(status));
            assert_eq!(push(&mut chain, 0x91, 1, &[2]), Err(Status::CONDITIONS_NOT_SATISFIED));
        }
    }

    #[test]
    fn block_0_begins_anew() {
        let mut chain = Chain::default();
        assert_eq!(push(&mut chain, 0x11, 0, &[1]), Ok(None));
        assert_eq!(push(&mut chain, 0x11, 0, &[9]), Ok(None));
        assert_eq!(push(&mut chain, 0x91, 1, &[8]), Ok(Some(vec![9, 8])));
    }

    #[test]
    fn a_command_has_at_most_256_blocks_and_the_buffers_size() {
        let mut chain = Chain::default();
        for number in 0..=255 {
            assert_eq!(push(&mut chain, 0x11, number, &[number]), Ok(None));
        }
        // There is no number 256; 0 is another command.
        assert_eq!(push(&mut chain, 0x91, 1, &[1]), Err(Status::WRONG_PARAMETERS));

        let mut chain = Chain::default();
        for number in 0..4 {
            assert_eq!(push(&mut chain, 0x11, number, &[0; 250]), Ok(None));
        }
        assert_eq!(push(&mut chain, 0x91, 4, &[0]), Err(Status::NOT_ENOUGH_MEMORY));
    }

    #[test]
    fn a_block_without_data_is_refused() {
        let mut chain = Chain::default();
        let command = Command::parse(&[0x80, 0xE2, 0x91, 0x00, 0x00]).unwrap();
        assert_eq!(chain.push(&command, 1000), Err(Status::WRONG_LENGTH));
    }
}
