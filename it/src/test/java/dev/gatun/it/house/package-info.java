/** Tests of the house itself: layers, tidiness, documents. They read sources and class files. */
package dev.gatun.it.house;
