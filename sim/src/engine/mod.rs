//! The event queue and the run loop; knows nothing of the platform.
