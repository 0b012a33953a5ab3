/** Integration tests: of the real process and of the house itself. */
package dev.gatun.it;
