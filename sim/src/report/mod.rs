//! Reports: text, markdown, csv, json, junit, html and charts.
pub mod chart;
mod escape;
#[cfg(test)]
mod fixture;
mod number;

#[cfg(test)]
mod view {
    #[test]
    fn look() {
        for results in super::fixture::all() {
            for chart in &super::chart::CHARTS {
                if let Some(canvas) = (chart.draw)(&results) {
                    let path = format!("/tmp/look/{}-{}", results.scenario, chart.name);
                    std::fs::write(format!("{path}.png"), super::chart::png(&canvas)).unwrap();
                    std::fs::write(format!("{path}.svg"), super::chart::svg(&canvas)).unwrap();
                }
            }
        }
    }
}
