//! Reports: text, markdown, csv, json, junit, html and charts.
