/* Graphs: nodes in order, and frozen copies of them that streams run. */
#ifndef GTN_EMU_GRAPH_H
#define GTN_EMU_GRAPH_H

#include "stream.h"

namespace emu {

CUgraph add_graph(Graph graph);

}  // namespace emu

#endif
