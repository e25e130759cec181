//! How traffic arrives.
