//! Campaigns from start to end, on devices of paper.
