/** Tests of the REST wire, through the router. */
@NullMarked
package dev.gatun.server.oip.rest;

import org.jspecify.annotations.NullMarked;
