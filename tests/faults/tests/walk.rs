//! The whole walk: nothing lost, anywhere.

use lpakit_faults::{FaultPlan, Stage, Walk, play};

#[test]
fn no_fault_anywhere_loses_anything() {
    let walked = Walk::default().run(&Stage::new());
    // For whoever counts: `cargo xtask test`. On a line of its own, for the test's name has none.
    let (scenarios, failed) = (walked.scenarios, walked.failures.len());
    println!("\n{}", serde_json::json!({ "scenarios": scenarios, "failed": failed }));
    for failure in &walked.failures {
        println!("{}", failure.plan);
        failure.broken.iter().for_each(|what| println!("    {what}"));
    }
    assert!(walked.scenarios > 2000, "{} scenarios are no walk", walked.scenarios);
    assert!(walked.failures.is_empty(), "{} scenarios failed", walked.failures.len());
}

#[test]
fn a_scenario_is_the_same_each_time() {
    let (one, other) = (Stage::new(), Stage::new());
    for line in [
        "card=t0 op=download seed=1",
        "card=le op=enable apdu=20 fault=power_after then exchange=1 fault=delay seed=5",
        "card=t0 op=notify exchange=2 fault=reset_after then apdu=9 fault=cut seed=6",
    ] {
        let plan: FaultPlan = line.parse().unwrap();
        let first = play(&one, plan);
        assert_eq!(play(&one, plan), first, "{line}");
        assert_eq!(play(&other, plan), first, "{line}");
        assert!(first.operation.apdus > 20, "{line}");
    }
}

#[test]
fn a_fault_whose_moment_never_comes_is_told() {
    let plan = "card=t0 op=list apdu=9999 fault=cut".parse().unwrap();
    let broken = play(&Stage::new(), plan).broken;
    assert!(broken.iter().any(|what| what.contains("its moment never came")), "{broken:?}");
}
