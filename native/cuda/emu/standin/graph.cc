#include "graph.h"

#include <map>

#include "../text.h"
#include "errors.h"
#include "kernel_call.h"

namespace emu {

namespace {

/* What cuGraphLaunch runs: nodes as they were when it was made or updated. */
struct Executable {
  std::mutex mutex;
  std::vector<NodePtr> nodes;
  std::map<CUgraphNode, size_t> places;
};

Handles<CUgraph, Graph>& graphs() {
  static auto* all = new Handles<CUgraph, Graph>();
  return *all;
}

Handles<CUgraphExec, Executable>& executables() {
  static auto* all = new Handles<CUgraphExec, Executable>();
  return *all;
}

/* Only for numbers that are given out once. */
Handles<CUgraphNode, int>& node_handles() {
  static auto* all = new Handles<CUgraphNode, int>();
  return *all;
}

Geometry geometry_of(const CUDA_KERNEL_NODE_PARAMS& p) {
  return {dim3(p.gridDimX, p.gridDimY, p.gridDimZ), dim3(p.blockDimX, p.blockDimY, p.blockDimZ),
          p.sharedMemBytes};
}

}  // namespace

CUgraph add_graph(Graph graph) {
  while (graph.handles.size() < graph.nodes.size()) {
    graph.handles.push_back(node_handles().add(nullptr));
  }
  return graphs().add(std::make_shared<Graph>(std::move(graph)));
}

}  // namespace emu

using namespace emu;

#define EMU_GRAPH(name, all, handle)                                                 \
  auto name = all().get(handle);                                                     \
  if (name == nullptr) {                                                             \
    return refuse(CUDA_ERROR_INVALID_HANDLE, __func__, "no such graph, or destroyed"); \
  }

DRIVER_API CUresult cuGraphCreate(CUgraph* graph, unsigned) {
  EMU_READY();
  *graph = add_graph({});
  return CUDA_SUCCESS;
}

DRIVER_API CUresult cuGraphDestroy(CUgraph handle) {
  EMU_READY();
  return graphs().remove(handle) != nullptr
             ? CUDA_SUCCESS
             : refuse(CUDA_ERROR_INVALID_HANDLE, __func__, "no such graph, or destroyed before");
}

DRIVER_API CUresult cuGraphGetNodes(CUgraph handle, CUgraphNode* nodes, size_t* count) {
  EMU_READY();
  EMU_GRAPH(graph, graphs, handle);
  for (size_t i = 0; nodes != nullptr && i < *count && i < graph->handles.size(); i++) {
    nodes[i] = graph->handles[i];
  }
  *count = graph->handles.size();
  return CUDA_SUCCESS;
}

DRIVER_API CUresult cuGraphAddKernelNode_v2(CUgraphNode* node, CUgraph handle,
                                            const CUgraphNode*, size_t,
                                            const CUDA_KERNEL_NODE_PARAMS* params) {
  EMU_READY();
  EMU_GRAPH(graph, graphs, handle);
  CUresult error;
  NodePtr made = make_kernel_node(__func__, params->func, geometry_of(*params),
                                  params->kernelParams, params->extra, error);
  if (made != nullptr) {
    graph->nodes.push_back(made);
    *node = node_handles().add(nullptr);
    graph->handles.push_back(*node);
  }
  return error;
}

DRIVER_API CUresult cuGraphInstantiateWithFlags(CUgraphExec* result, CUgraph handle,
                                                unsigned long long) {
  EMU_READY();
  EMU_GRAPH(graph, graphs, handle);
  auto made = std::make_shared<Executable>();
  made->nodes = graph->nodes;
  for (size_t i = 0; i < graph->handles.size(); i++) {
    made->places[graph->handles[i]] = i;
  }
  *result = executables().add(made);
  return CUDA_SUCCESS;
}

DRIVER_API CUresult cuGraphExecDestroy(CUgraphExec handle) {
  EMU_READY();
  return executables().remove(handle) != nullptr
             ? CUDA_SUCCESS
             : refuse(CUDA_ERROR_INVALID_HANDLE, __func__, "no such graph, or destroyed before");
}

DRIVER_API CUresult cuGraphUpload(CUgraphExec handle, CUstream stream) {
  EMU_READY();
  EMU_GRAPH(executable, executables, handle);
  return find_stream(stream) != nullptr
             ? CUDA_SUCCESS
             : refuse(CUDA_ERROR_INVALID_HANDLE, __func__, "no such stream, or destroyed");
}

DRIVER_API CUresult cuGraphLaunch(CUgraphExec handle, CUstream stream_handle) {
  EMU_READY();
  EMU_GRAPH(executable, executables, handle);
  auto stream = find_stream(stream_handle);
  if (stream == nullptr) {
    return refuse(CUDA_ERROR_INVALID_HANDLE, __func__, "no such stream, or destroyed");
  }
  std::lock_guard<std::mutex> lock(executable->mutex);
  /* The nodes of now: a later update is for later launches. */
  return stream->add(make_node(CU_NODE_HOST, __func__, [nodes = executable->nodes] {
    for (const NodePtr& node : nodes) {
      if (sticky_error() == CUDA_SUCCESS) {
        node->run();
      }
    }
  }));
}

DRIVER_API CUresult cuGraphExecUpdate_v2(CUgraphExec handle, CUgraph graph_handle,
                                         CUgraphExecUpdateResultInfo* info) {
  EMU_READY();
  EMU_GRAPH(executable, executables, handle);
  EMU_GRAPH(graph, graphs, graph_handle);
  std::lock_guard<std::mutex> lock(executable->mutex);
  *info = {CU_UPDATE_SUCCESS, nullptr, nullptr};
  if (graph->nodes.size() != executable->nodes.size()) {
    info->result = CU_UPDATE_TOPOLOGY_CHANGED;
    return refuse(CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE, __func__,
                  text("%zu nodes instead of %zu", graph->nodes.size(), executable->nodes.size()));
  }
  for (size_t i = 0; i < graph->nodes.size(); i++) {
    if (graph->nodes[i]->type != executable->nodes[i]->type) {
      *info = {CU_UPDATE_NODE_TYPE_CHANGED, graph->handles[i], nullptr};
      return refuse(CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE, __func__,
                    text("node %zu is of another type", i));
    }
  }
  executable->nodes = graph->nodes;
  return CUDA_SUCCESS;
}

DRIVER_API CUresult cuGraphExecKernelNodeSetParams_v2(CUgraphExec handle, CUgraphNode node,
                                                      const CUDA_KERNEL_NODE_PARAMS* params) {
  EMU_READY();
  EMU_GRAPH(executable, executables, handle);
  std::lock_guard<std::mutex> lock(executable->mutex);
  auto place = executable->places.find(node);
  if (place == executable->places.end() ||
      executable->nodes[place->second]->type != CU_NODE_KERNEL) {
    return refuse(CUDA_ERROR_INVALID_VALUE, __func__, "no kernel node of this graph");
  }
  CUresult error;
  NodePtr made = make_kernel_node(__func__, params->func, geometry_of(*params),
                                  params->kernelParams, params->extra, error);
  if (made != nullptr) {
    executable->nodes[place->second] = made;
  }
  return error;
}
