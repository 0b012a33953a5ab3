/* The functions of the stand-in for libcublasLt. */
#ifndef GTN_EMU_CUBLASLT_CALLS_H
#define GTN_EMU_CUBLASLT_CALLS_H

#include "cublaslt.h"

DRIVER_API size_t cublasLtGetVersion();
DRIVER_API cublasStatus cublasLtCreate(cublasLtHandle* handle);
DRIVER_API cublasStatus cublasLtDestroy(cublasLtHandle handle);
DRIVER_API cublasStatus cublasLtMatmulDescCreate(cublasLtMatmulDesc* desc, int compute_type, int
                                                 scale_type);
DRIVER_API cublasStatus cublasLtMatmulDescDestroy(cublasLtMatmulDesc desc);
DRIVER_API cublasStatus cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc handle, int attribute,
                                                       const void* value, size_t bytes);
DRIVER_API cublasStatus cublasLtMatrixLayoutCreate(cublasLtMatrixLayout* layout, int type, uint64_t
                                                   rows, uint64_t columns, int64_t leading);
DRIVER_API cublasStatus cublasLtMatrixLayoutDestroy(cublasLtMatrixLayout layout);
DRIVER_API cublasStatus cublasLtMatrixLayoutSetAttribute(cublasLtMatrixLayout handle, int attribute,
    const void* value, size_t bytes);
DRIVER_API cublasStatus cublasLtMatmulPreferenceCreate(cublasLtMatmulPreference* preference);
DRIVER_API cublasStatus cublasLtMatmulPreferenceDestroy(cublasLtMatmulPreference preference);
DRIVER_API cublasStatus cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference handle, int
    attribute, const void* value, size_t bytes);
DRIVER_API cublasStatus cublasLtMatmulAlgoGetHeuristic(cublasLtHandle handle, cublasLtMatmulDesc
                                                       desc, cublasLtMatrixLayout a,
                                                       cublasLtMatrixLayout b, cublasLtMatrixLayout
                                                       c, cublasLtMatrixLayout d,
                                                       cublasLtMatmulPreference preference, int
                                                       requested, cublasLtMatmulHeuristicResult*
                                                       results, int* returned);
DRIVER_API cublasStatus cublasLtMatmulAlgoCheck(cublasLtHandle handle, cublasLtMatmulDesc desc,
                                                cublasLtMatrixLayout a, cublasLtMatrixLayout b,
                                                cublasLtMatrixLayout c, cublasLtMatrixLayout d,
                                                const cublasLtMatmulAlgo* algo,
                                                cublasLtMatmulHeuristicResult* result);
DRIVER_API cublasStatus cublasLtMatmulAlgoConfigGetAttribute(const cublasLtMatmulAlgo* algo, int
    attribute, void* value, size_t bytes, size_t* written);
DRIVER_API cublasStatus cublasLtMatmulAlgoConfigSetAttribute(cublasLtMatmulAlgo* algo, int
    attribute, const void* value, size_t bytes);
DRIVER_API cublasStatus cublasLtMatmul(cublasLtHandle handle, cublasLtMatmulDesc desc, const void*
                                       alpha, const void* a, cublasLtMatrixLayout a_layout, const
                                       void* b, cublasLtMatrixLayout b_layout, const void* beta,
                                       const void* c, cublasLtMatrixLayout c_layout, void* d,
                                       cublasLtMatrixLayout d_layout, const cublasLtMatmulAlgo*
                                       algo, void* workspace, size_t workspace_bytes, CUstream
                                       stream);

#endif
