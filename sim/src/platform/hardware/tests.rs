//! How kinds of hardware are dealt out.

use super::*;

fn kinds(shares: &[f64]) -> Vec<Hardware> {
    let kind = |(index, &share): (usize, &f64)| Hardware {
        name: format!("k{index}"),
        share,
        speed: [1.0, 2.0, 4.0][index],
        weight: [1.0, 3.0, 5.0][index],
        antagonist: None,
    };
    shares.iter().enumerate().map(kind).collect()
}

#[test]
fn the_first_so_many_are_mixed_as_evenly_as_can_be() {
    for (shares, dealt) in [
        (&[1.0, 1.0][..], "0101010101"),
        (&[3.0, 1.0], "0010001000"),
        (&[5.0, 1.0, 1.0], "0010200001"),
        (&[0.0, 2.0], "1111111111"),
        // A tie goes to the first.
        (&[0.25, 0.75], "1011101110"),
    ] {
        let mut deal = Deal::new(&kinds(shares));
        let found: String = (0..10).map(|n| deal.nth(n).to_string()).collect();
        assert_eq!(found, dealt, "{shares:?}");
    }
}

#[test]
fn no_kind_is_ever_a_whole_dyno_off_its_share() {
    let shares = [0.37, 1.61, 0.02];
    let mut deal = Deal::new(&kinds(&shares));
    for n in 0..1000 {
        deal.nth(n);
        for (given, share) in deal.given.iter().zip(shares) {
            let due = share / 2.0 * (n + 1) as f64;
            assert!((f64::from(*given) - due).abs() < 1.0, "{n}: {given} of {due}");
        }
    }
}

fn app(dynos: u32, classes: Vec<Hardware>) -> App {
    let text = "endpoint.home.work.constant = \"1ms\"";
    let read = |fields: &mut Fields<'_>| App::read("shop", fields);
    let (app, problems, _) =
        crate::config::testing::read_table(text, &|_| unreachable!("no file"), read);
    assert!(problems.is_empty());
    App { dynos, classes, ..app }
}

#[test]
fn dynos_go_round_the_hosts_in_the_order_of_apps_and_slots() {
    let apps = [app(2, kinds(&[1.0, 1.0])), app(1, vec![])];
    let mut placement = Placement::new(&apps, &kinds(&[2.0, 1.0]));
    // Three hosts: a fast one between two slow ones.
    assert_eq!(placement.kinds, [0, 1, 0]);
    let spot = |slowness, weight, class, host| Spot { slowness, weight, class, host: Some(host) };
    assert_eq!(placement.spot(AppId(0), 0), spot(1.0, 1.0, Some(0), 0));
    assert_eq!(placement.spot(AppId(0), 1), spot(0.25, 9.0, Some(1), 1));
    assert_eq!(placement.spot(AppId(0), 2), spot(1.0, 1.0, Some(0), 2));
    assert_eq!(placement.spot(AppId(1), 0), spot(1.0, 1.0, None, 2));
    assert_eq!(placement.spot(AppId(1), 2), spot(0.5, 3.0, None, 1));
}

#[test]
fn without_hosts_and_classes_all_dynos_are_alike() {
    let mut placement = Placement::new(&[app(2, vec![])], &[]);
    let alike = Spot { slowness: 1.0, weight: 1.0, class: None, host: None };
    assert_eq!(placement.spot(AppId(0), 70), alike);
}
