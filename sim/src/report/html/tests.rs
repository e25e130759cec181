use super::*;
use crate::report::fixture;

#[test]
fn the_page_is_whole_and_escaped() {
    for results in fixture::all() {
        let charts = [("timeline", "the run over time", "<svg></svg>\n".to_string())];
        let page = html(&results, &charts);
        assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"));
        assert!(!page.contains("<script") && !page.contains("NaN"), "{page}");
        for tag in ["table", "tr", "td", "p", "div", "figure", "details", "h2"] {
            let opened = page.matches(&format!("<{tag}>")).count()
                + page.matches(&format!("<{tag} ")).count();
            assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag}");
        }
    }
}

#[test]
fn backticks_become_code_in_pairs() {
    assert_eq!(prose("use `p2c` & rest"), "use <code>p2c</code> &amp; rest");
    assert_eq!(prose("a ` alone"), "a ` alone");
}

#[test]
fn the_page_needs_nothing_else() {
    let page = html(&fixture::cascade(), &[]);
    for outside in ["http", "src=", "href=", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.contains("<p class=\"outcome fail\">1 of 3 expectations failed</p>"));
    assert!(page.contains("<td class=\"sure\">+65.0 ±25/s <small>x 12</small></td>"), "{page}");
}

#[test]
fn the_page_says_what_got_worse() {
    let page = html(&fixture::compared(), &[]);
    assert!(page.contains("<p class=\"outcome fail\">2 worse than before</p>"));
    assert!(
        page.contains("<td class=\"fail\">WORSE</td><td>recovery</td><td>40.0 s -&gt; never</td>")
    );
}
