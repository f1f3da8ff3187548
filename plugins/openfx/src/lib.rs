//! OpenFX node of dcdp.
