/* The functions of the stand-in for libcuda.so.1, by the names that it exports. */
#ifndef GTN_EMU_DRIVER_CALLS_H
#define GTN_EMU_DRIVER_CALLS_H

#include "driver.h"

DRIVER_API CUresult cuInit(unsigned);
DRIVER_API CUresult cuDriverGetVersion(int* version);
DRIVER_API CUresult cuDeviceGetCount(int* count);
DRIVER_API CUresult cuDeviceGet(CUdevice* device, int number);
DRIVER_API CUresult cuDeviceGetName(char* name, int bytes, CUdevice device);
DRIVER_API CUresult cuDeviceGetUuid_v2(CUuuid* uuid, CUdevice device);
DRIVER_API CUresult cuDeviceGetPCIBusId(char* id, int bytes, CUdevice device);
DRIVER_API CUresult cuDeviceTotalMem_v2(size_t* bytes, CUdevice device);
DRIVER_API CUresult cuDeviceGetAttribute(int* value, int attribute, CUdevice device);
DRIVER_API CUresult cuDeviceCanAccessPeer(int* can, CUdevice, CUdevice);
DRIVER_API CUresult cuCtxEnablePeerAccess(CUcontext, unsigned);
DRIVER_API CUresult cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice device);
DRIVER_API CUresult cuDevicePrimaryCtxRelease_v2(CUdevice);
DRIVER_API CUresult cuDevicePrimaryCtxSetFlags_v2(CUdevice device, unsigned);
DRIVER_API CUresult cuDevicePrimaryCtxReset_v2(CUdevice);
DRIVER_API CUresult cuCtxSetCurrent(CUcontext context);
DRIVER_API CUresult cuCtxGetCurrent(CUcontext* context);
DRIVER_API CUresult cuCtxSynchronize();

DRIVER_API CUresult cuGetErrorName(CUresult code, const char** name);
DRIVER_API CUresult cuGetErrorString(CUresult code, const char** text);
DRIVER_API const char* gtnEmuLastMessage();

DRIVER_API CUresult cuMemGetInfo_v2(size_t* free_bytes, size_t* total);
DRIVER_API CUresult cuMemAlloc_v2(CUdeviceptr* address, size_t bytes);
DRIVER_API CUresult cuMemFree_v2(CUdeviceptr address);
DRIVER_API CUresult cuMemAllocAsync(CUdeviceptr* address, size_t bytes, CUstream handle);
DRIVER_API CUresult cuMemFreeAsync(CUdeviceptr address, CUstream handle);
DRIVER_API CUresult cuMemGetAddressRange_v2(CUdeviceptr* base, size_t* bytes, CUdeviceptr address);
DRIVER_API CUresult cuMemHostAlloc(void** address, size_t bytes, unsigned);
DRIVER_API CUresult cuMemAllocHost_v2(void** address, size_t bytes);
DRIVER_API CUresult cuMemFreeHost(void* address);
DRIVER_API CUresult cuMemHostRegister_v2(void* address, size_t bytes, unsigned);
DRIVER_API CUresult cuMemHostUnregister(void* address);
DRIVER_API CUresult cuMemHostGetDevicePointer_v2(CUdeviceptr* address, void* host, unsigned);

DRIVER_API CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void* from, size_t bytes, CUstream
                                         stream);
DRIVER_API CUresult cuMemcpyDtoHAsync_v2(void* to, CUdeviceptr from, size_t bytes, CUstream stream);
DRIVER_API CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream
                                         stream);
DRIVER_API CUresult cuMemcpyAsync(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream);
DRIVER_API CUresult cuMemcpyHtoD_v2(CUdeviceptr to, const void* from, size_t bytes);
DRIVER_API CUresult cuMemcpyDtoH_v2(void* to, CUdeviceptr from, size_t bytes);
DRIVER_API CUresult cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes);
DRIVER_API CUresult cuMemsetD8Async(CUdeviceptr to, unsigned char value, size_t count, CUstream
                                    stream);
DRIVER_API CUresult cuMemsetD32Async(CUdeviceptr to, unsigned value, size_t count, CUstream stream);
DRIVER_API CUresult cuMemsetD8_v2(CUdeviceptr to, unsigned char value, size_t count);

DRIVER_API CUresult cuStreamCreate(CUstream* stream, unsigned flags);
DRIVER_API CUresult cuStreamCreateWithPriority(CUstream* stream, unsigned flags, int);
DRIVER_API CUresult cuStreamDestroy_v2(CUstream handle);
DRIVER_API CUresult cuStreamSynchronize(CUstream handle);
DRIVER_API CUresult cuStreamQuery(CUstream handle);
DRIVER_API CUresult cuLaunchHostFunc(CUstream handle, CUhostFn function, void* data);

DRIVER_API CUresult cuEventCreate(CUevent* handle, unsigned flags);
DRIVER_API CUresult cuEventDestroy_v2(CUevent handle);
DRIVER_API CUresult cuEventRecord(CUevent handle, CUstream stream_handle);
DRIVER_API CUresult cuEventQuery(CUevent handle);
DRIVER_API CUresult cuEventSynchronize(CUevent handle);
DRIVER_API CUresult cuEventElapsedTime(float* millis, CUevent from_handle, CUevent to_handle);
DRIVER_API CUresult cuEventElapsedTime_v2(float* millis, CUevent from, CUevent to);
DRIVER_API CUresult cuStreamWaitEvent(CUstream stream_handle, CUevent handle, unsigned);

DRIVER_API CUresult cuStreamBeginCapture_v2(CUstream handle, int mode);
DRIVER_API CUresult cuStreamEndCapture(CUstream handle, CUgraph* graph);
DRIVER_API CUresult cuStreamIsCapturing(CUstream handle, int* status);

DRIVER_API CUresult cuGraphCreate(CUgraph* graph, unsigned);
DRIVER_API CUresult cuGraphDestroy(CUgraph handle);
DRIVER_API CUresult cuGraphGetNodes(CUgraph handle, CUgraphNode* nodes, size_t* count);
DRIVER_API CUresult cuGraphAddKernelNode_v2(CUgraphNode* node, CUgraph handle, const CUgraphNode*,
                                            size_t, const CUDA_KERNEL_NODE_PARAMS* params);
DRIVER_API CUresult cuGraphInstantiateWithFlags(CUgraphExec* result, CUgraph handle, unsigned long
                                                long);
DRIVER_API CUresult cuGraphExecDestroy(CUgraphExec handle);
DRIVER_API CUresult cuGraphUpload(CUgraphExec handle, CUstream stream);
DRIVER_API CUresult cuGraphLaunch(CUgraphExec handle, CUstream stream_handle);
DRIVER_API CUresult cuGraphExecUpdate_v2(CUgraphExec handle, CUgraph graph_handle,
                                         CUgraphExecUpdateResultInfo* info);
DRIVER_API CUresult cuGraphExecKernelNodeSetParams_v2(CUgraphExec handle, CUgraphNode node, const
                                                      CUDA_KERNEL_NODE_PARAMS* params);

DRIVER_API CUresult cuModuleLoadData(CUmodule* handle, const void* image);
DRIVER_API CUresult cuModuleLoadDataEx(CUmodule* handle, const void* image, unsigned, int*, void**);
DRIVER_API CUresult cuModuleUnload(CUmodule handle);
DRIVER_API CUresult cuModuleGetFunction(CUfunction* function, CUmodule handle, const char* name);
DRIVER_API CUresult cuFuncGetAttribute(int* value, int attribute, CUfunction handle);
DRIVER_API CUresult cuFuncSetAttribute(CUfunction handle, int attribute, int value);
DRIVER_API CUresult cuFuncGetParamInfo(CUfunction handle, size_t index, size_t* offset, size_t*
                                       bytes);
DRIVER_API CUresult cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, CUfunction handle, int
    threads, size_t shared_bytes);

DRIVER_API CUresult cuLaunchKernel(CUfunction function, unsigned grid_x, unsigned grid_y, unsigned
                                   grid_z, unsigned block_x, unsigned block_y, unsigned block_z,
                                   unsigned shared_bytes, CUstream handle, void** arguments, void**
                                   extra);
DRIVER_API CUresult cuLaunchKernelEx(const CUlaunchConfig* config, CUfunction function, void**
                                     arguments, void** extra);

#endif
