//! Reading an object member by member, and keeping what was not asked for.

use crate::error::Fault;
use crate::tlv::{Fields, Tag, Tlv};
use crate::unknown::Unknown;

/// The members of an object that keeps what it does not know: it notes which ones were understood.
pub(crate) struct Members<'a> {
    fields: Fields<'a>,
    understood: Vec<Tag>,
}

impl<'a> Members<'a> {
    /// The members of an element.
    pub(crate) fn of(element: Tlv<'a>) -> Result<Self, Fault> {
        Ok(Self { fields: element.fields()?, understood: Vec::new() })
    }

    /// The first member with this tag, without noting it as understood.
    pub(crate) fn peek(&self, tag: Tag) -> Option<Tlv<'a>> {
        self.fields.get(tag)
    }

    /// The first member with this tag.
    pub(crate) fn get(&mut self, tag: Tag) -> Option<Tlv<'a>> {
        let found = self.fields.get(tag)?;
        self.understood.push(tag);
        Some(found)
    }

    /// The first member with this tag, which must be there.
    pub(crate) fn require(&mut self, tag: Tag) -> Result<Tlv<'a>, Fault> {
        self.get(tag).ok_or(Fault::Missing(tag))
    }

    /// Reads a member that may be left out; if it is there it must be right.
    pub(crate) fn read<T>(
        &mut self,
        tag: Tag,
        read: impl FnOnce(Tlv<'a>) -> Result<T, Fault>,
    ) -> Result<Option<T>, Fault> {
        self.get(tag).map(read).transpose()
    }

    /// Reads a member that informs only: one that cannot be read is no reason to refuse the whole object. It counts
    /// as unknown.
    pub(crate) fn lenient<T>(
        &mut self,
        tag: Tag,
        read: impl FnOnce(Tlv<'a>) -> Result<T, Fault>,
    ) -> Option<T> {
        let value = read(self.fields.get(tag)?).ok()?;
        self.understood.push(tag);
        Some(value)
    }

    /// The value of a member that is kept as it came.
    pub(crate) fn octets(&mut self, tag: Tag) -> Option<Vec<u8>> {
        self.get(tag).map(|member| member.value.to_vec())
    }

    /// What was not understood: members with other tags, and repetitions.
    pub(crate) fn unknown(self) -> Unknown {
        let mut left = self.understood;
        let rest = self.fields.iter().filter(move |member| {
            let known = left.iter().position(|tag| *tag == member.tag);
            known.map(|at| left.swap_remove(at)).is_none()
        });
        Unknown::of(rest)
    }
}
