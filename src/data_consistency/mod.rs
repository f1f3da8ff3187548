//! data_consistency
