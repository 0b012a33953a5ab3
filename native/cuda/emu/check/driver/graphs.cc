/* Capture, replay and update of graphs, and what may not be done while a stream captures. */
#include "driver_check.h"

namespace check {

namespace {

struct Fixture {
  CUstream stream = make_stream();
  CUdeviceptr in = allocate(64);
  CUdeviceptr out = allocate(64);
  CUfunction reverse = function("check_reverse");
  int numbers[16];

  void fill(int first) {
    for (int i = 0; i < 16; i++) {
      numbers[i] = first + i;
    }
    EXPECT_OK(cuMemcpyHtoD_v2(in, numbers, 64));
  }

  int first_out() {
    EXPECT_OK(cuStreamSynchronize(stream));
    EXPECT_OK(cuMemcpyDtoH_v2(numbers, out, 64));
    return numbers[0];
  }

  CUgraph capture() {
    CUgraph graph = nullptr;
    EXPECT_OK(cuStreamBeginCapture_v2(stream, CU_CAPTURE_GLOBAL));
    EXPECT_OK(launch_on(stream, reverse, 16, 64, out, in));
    EXPECT_OK(cuStreamEndCapture(stream, &graph));
    return graph;
  }
};

void check_replay(Fixture& f) {
  f.fill(0);
  CUgraph graph = f.capture();
  expect(f.first_out() == -1, "captured work is not done");
  CUgraphExec executable = nullptr;
  EXPECT_OK(cuGraphInstantiateWithFlags(&executable, graph, 0));
  EXPECT_OK(cuGraphLaunch(executable, f.stream));
  expect(f.first_out() == 15, "a replay");
  f.fill(100);
  EXPECT_OK(cuGraphUpload(executable, f.stream));
  EXPECT_OK(cuGraphLaunch(executable, f.stream));
  expect(f.first_out() == 115, "a replay reads what is there now");

  CUgraphNode node = nullptr;
  size_t count = 1;
  EXPECT_OK(cuGraphGetNodes(graph, &node, &count));
  expect(count == 1, "one node");
  void* swapped[] = {&f.out, &f.out};
  CUDA_KERNEL_NODE_PARAMS params = {f.reverse, 1, 1, 1, 16, 1, 1, 64, swapped, nullptr, nullptr,
                                    nullptr};
  EXPECT_OK(cuGraphExecKernelNodeSetParams_v2(executable, node, &params));
  EXPECT_OK(cuGraphLaunch(executable, f.stream));
  expect(f.first_out() == 100, "with other arguments");
  CUgraphExecUpdateResultInfo info;
  EXPECT_OK(cuGraphExecUpdate_v2(executable, f.capture(), &info));
  EXPECT_OK(cuGraphLaunch(executable, f.stream));
  expect(f.first_out() == 115, "with those of another capture");
  CUgraph empty = nullptr;
  EXPECT_OK(cuGraphCreate(&empty, 0));
  EXPECT_ERROR(CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE, "0 nodes instead of 1",
               cuGraphExecUpdate_v2(executable, empty, &info));
  expect(info.result == CU_UPDATE_TOPOLOGY_CHANGED, "which is said by number too");
  EXPECT_OK(cuGraphDestroy(graph));
  EXPECT_OK(cuGraphExecDestroy(executable));
  EXPECT_ERROR(CUDA_ERROR_INVALID_HANDLE, "no such graph", cuGraphLaunch(executable, f.stream));
}

/* Each illegal call fails, and so does the end of the capture. */
template <class Call>
void expect_illegal(Fixture& f, CUresult code, const char* part, Call call) {
  CUgraph graph = nullptr;
  EXPECT_OK(cuStreamBeginCapture_v2(f.stream, CU_CAPTURE_GLOBAL));
  EXPECT_ERROR(code, part, call());
  EXPECT_ERROR(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, "was made during the capture",
               cuStreamEndCapture(f.stream, &graph));
  expect(graph == nullptr, "no graph");
}

void check_illegal(Fixture& f) {
  int value = 0;
  CUdeviceptr memory = 0;
  const CUresult unsupported = CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  const char* meanwhile = "not permitted while a stream captures";
  expect_illegal(f, unsupported, "cuStreamSynchronize: not permitted on a stream that captures",
                 [&] { return cuStreamSynchronize(f.stream); });
  expect_illegal(f, unsupported, "on a stream", [&] { return cuStreamQuery(f.stream); });
  expect_illegal(f, unsupported, meanwhile, [&] { return cuMemAlloc_v2(&memory, 16); });
  expect_illegal(f, unsupported, meanwhile, [&] { return cuMemFree_v2(f.in); });
  expect_illegal(f, unsupported, meanwhile, [&] { return cuMemcpyDtoH_v2(&value, f.in, 4); });
  expect_illegal(f, unsupported, meanwhile, [] { return cuCtxSynchronize(); });
  expect_illegal(f, unsupported, "not pinned",
                 [&] { return cuMemcpyHtoDAsync_v2(f.in, &value, 4, f.stream); });
  CUevent outside = nullptr;
  EXPECT_OK(cuEventCreate(&outside, CU_EVENT_DISABLE_TIMING));
  expect_illegal(f, CUDA_ERROR_STREAM_CAPTURE_ISOLATION, "from outside the capture",
                 [&] { return cuStreamWaitEvent(f.stream, outside, 0); });
  CUgraph graph = nullptr;
  EXPECT_ERROR(CUDA_ERROR_ILLEGAL_STATE, "does not capture", cuStreamEndCapture(f.stream, &graph));
}

/* Another stream takes part from where it waits for the first until that waits for it. */
void check_fork(Fixture& f) {
  CUstream side = make_stream();
  CUevent fork = nullptr;
  CUevent join = nullptr;
  CUgraph graph = nullptr;
  EXPECT_OK(cuEventCreate(&fork, CU_EVENT_DISABLE_TIMING));
  EXPECT_OK(cuEventCreate(&join, CU_EVENT_DISABLE_TIMING));
  for (bool joins : {true, false}) {
    EXPECT_OK(cuStreamBeginCapture_v2(f.stream, CU_CAPTURE_THREAD_LOCAL));
    EXPECT_OK(cuEventRecord(fork, f.stream));
    EXPECT_OK(cuStreamWaitEvent(side, fork, 0));
    EXPECT_OK(launch_on(side, f.reverse, 16, 64, f.out, f.in));
    int status = 0;
    EXPECT_OK(cuStreamIsCapturing(side, &status));
    expect(status == 1, "the other stream captures too");
    EXPECT_OK(cuEventRecord(join, side));
    EXPECT_ERROR(CUDA_ERROR_CAPTURED_EVENT, "recorded in a capture", cuEventSynchronize(join));
    EXPECT_ERROR(CUDA_ERROR_STREAM_CAPTURE_UNMATCHED, "began on another stream",
                 cuStreamEndCapture(side, &graph));
    if (joins) {
      EXPECT_OK(cuStreamWaitEvent(f.stream, join, 0));
      EXPECT_OK(cuStreamEndCapture(f.stream, &graph));
    } else {
      EXPECT_ERROR(CUDA_ERROR_STREAM_CAPTURE_UNJOINED, "does not wait for",
                   cuStreamEndCapture(f.stream, &graph));
    }
  }
  EXPECT_OK(cuStreamSynchronize(side));
}

}  // namespace

void check_graphs() {
  Fixture fixture;
  check_replay(fixture);
  check_illegal(fixture);
  check_fork(fixture);
}

}  // namespace check
