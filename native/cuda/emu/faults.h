/* Turns a bad address in a kernel into a failure that names it. */
#ifndef GTN_EMU_FAULTS_H
#define GTN_EMU_FAULTS_H

namespace emu {

/* On the calling thread of the host, where blocks run from now on. */
void watch_faults();

}  // namespace emu

#endif
