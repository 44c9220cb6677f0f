.LBB0_1:
	vmovaps	64(%rsp,%rcx), %ymm0
	vbroadcastss	(%rax,%rcx,4), %ymm1
	vfmadd231ps	%ymm0, %ymm1, %ymm3
	vmovaps	32(%rsp), %ymm2
	vfmadd231ps	%ymm0, %ymm1, %ymm2
	vmovaps	%ymm2, 32(%rsp)
	jne	.LBB0_1
