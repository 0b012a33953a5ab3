/** Tests against the real process: started as a user starts it, spoken to over sockets, killed. */
package dev.gatun.it.process;
