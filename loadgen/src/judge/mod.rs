//! Judgement: what measures say, and what they cannot say.
//!
//! Nothing here sends, waits or writes: numbers come in, and answers with their sureness go out. Each
//! file answers one question, and `Student`'s and the normal distribution say how sure it is. To add
//! a question: a file with its numbers, its answer and its source.
//!
//! | file | question |
//! |---|---|
//! | `blind` | can a closed run see this quantile at all? |
//! | `level` | is a level of load too much, and how sure is that? |
//! | `boundary` | what is the highest load that is well borne? |
//! | `usl` | how does throughput grow with nodes, and where does it peak? |

pub mod blind;
pub mod boundary;
pub mod level;
pub mod usl;
