//! Segments at wrong boundaries: 6A80, no result, and the session can be cancelled.

use lpakit_rsp::session::{CancelReason, CancelSessionResponse};

use crate::authenticate::cancel;
use crate::install::{iccids, is_success};
use crate::notifications::list;
use crate::support::{Bound, ICCID, Profile, Recipe, Server, Terminal, terminal};

/// Sends segments; the last must be refused with 6A80, and what follows then is as it must be.
fn refused(build: impl FnOnce(&Bound) -> Vec<Vec<u8>>) {
    let mut terminal = terminal();
    let server = Server::ready(1, &mut terminal);
    let mut recipe = Recipe::new(&Profile::new(ICCID)).with_replaced_keys();
    recipe.segment = 40;
    let bound = server.bind(&recipe);
    let segments = build(&bound);
    let (last, before) = segments.split_last().unwrap();
    for segment in before {
        assert!(terminal.answer(segment).is_empty());
    }
    assert_eq!(terminal.es10(last), (Vec::new(), 0x6A80));
    ended(&mut terminal, &server, &bound);
}

fn ended(terminal: &mut Terminal, server: &Server, bound: &Bound) {
    // Loading cannot go on, nor begin again, but the session can be cancelled.
    assert_eq!(terminal.es10(&bound.profile[0]), (Vec::new(), 0x6985));
    assert_eq!(terminal.es10(&bound.first()), (Vec::new(), 0x6985));
    let answer = cancel(terminal, server.id(), CancelReason::LoadBppExecutionError);
    assert!(matches!(answer, CancelSessionResponse::Ok { .. }));
    assert!(list(terminal, None).is_empty());
    assert!(iccids(terminal).is_empty());
    terminal.start();
    assert!(list(terminal, None).is_empty());
}

/// The first segments up to the one that begins part `tag`, that one left out.
fn up_to(bound: &Bound, tag: u8) -> Vec<Vec<u8>> {
    let segments = bound.segments().into_iter();
    segments.take_while(|segment| segment[0] != tag).collect()
}

#[test]
fn the_first_segment_is_header_and_bf23() {
    refused(|bound| vec![[bound.first(), bound.segments()[1].clone()].concat()]);
    refused(|bound| vec![bound.first()[..100].to_vec()]);
    refused(|bound| vec![bound.first()[..4].to_vec()]);
    // The whole package in one command.
    refused(|bound| vec![bound.segments().concat()]);
    // BF36 that ends with BF23.
    refused(|bound| vec![lpakit_rsp::tlv::encode(lpakit_rsp::Tag::new(0xBF36), &bound.initialise)]);
}

#[test]
fn a_part_begins_with_its_header_as_the_standard_says() {
    // 86 without the header of A3.
    refused(|bound| [up_to(bound, 0xA3), vec![bound.profile[0].clone()]].concat());
    // A1 with an 88 in the same command.
    refused(|bound| {
        let header = Bound::part_header(0xA1, &bound.metadata);
        [up_to(bound, 0xA1), vec![[header, bound.metadata[0].clone()].concat()]].concat()
    });
    // A3 with an 86.
    refused(|bound| {
        let header = Bound::part_header(0xA3, &bound.profile);
        [up_to(bound, 0xA3), vec![[header, bound.profile[0].clone()].concat()]].concat()
    });
    // A0 without its 87.
    refused(|bound| vec![bound.first(), Bound::part_header(0xA0, &bound.configure)]);
    // A2 with some of its 87s, neither the first nor all.
    refused(|bound| {
        let header = Bound::part_header(0xA2, &bound.replace);
        let some = bound.replace[..bound.replace.len() - 1].concat();
        [up_to(bound, 0xA2), vec![[header, some].concat()]].concat()
    });
}

#[test]
fn segments_come_one_by_one_and_whole() {
    let in_profile = |bound: &Bound| {
        [up_to(bound, 0xA3), vec![Bound::part_header(0xA3, &bound.profile)]].concat()
    };
    refused(|bound| {
        let two = [bound.profile[0].clone(), bound.profile[1].clone()].concat();
        [in_profile(bound), vec![two]].concat()
    });
    refused(|bound| [in_profile(bound), vec![bound.profile[0][..20].to_vec()]].concat());
    refused(|bound| [in_profile(bound), vec![bound.metadata[0].clone()]].concat());
    refused(|bound| [in_profile(bound), vec![bound.first()]].concat());
}

#[test]
fn parts_come_in_order() {
    refused(|bound| vec![bound.first(), Bound::part_header(0xA1, &bound.metadata)]);
    refused(|bound| [up_to(bound, 0xA1), vec![Bound::part_header(0xA3, &bound.profile)]].concat());
}

#[test]
fn without_a_prepared_session_nothing_is_loaded() {
    let mut terminal = terminal();
    let mut server = Server::new(1);
    server.authenticate(&mut terminal);
    for command in ["BF36820100BF2300", "A0020000", "8600", "8700", "8800", "A100", "A300"] {
        assert_eq!(terminal.refuse(command), "6985", "{command}");
    }
    // A prepared session is not spoilt by a segment that is not the first.
    server.prepare(&mut terminal);
    assert_eq!(terminal.refuse("8600"), "6985");
    let recipe = Recipe::new(&Profile::new(ICCID));
    assert!(is_success(&server.bind(&recipe).load(&mut terminal)));
}

#[test]
fn after_the_result_nothing_more_is_taken() {
    let mut terminal = terminal();
    let bound = Server::ready(1, &mut terminal).bind(&Recipe::new(&Profile::new(ICCID)));
    assert!(is_success(&bound.load(&mut terminal)));
    assert_eq!(terminal.es10(bound.profile.last().unwrap()), (Vec::new(), 0x6985));
}
