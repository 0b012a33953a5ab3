package dev.gatun.tensor.contract;

/** Gives the parts of the contract the backend under test. */
interface BackendCase {
  Fixture on();
}
