/*
 * bcryptprimitives.dll for a Wine before 9.0, which has none. Go's runtime takes its
 * random numbers from one function of it, and starts no program without. Windows
 * itself is never given this file.
 */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG length); /* RtlGenRandom */

#define MOST 0x10000000

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length)
{
	while (length > 0) {
		ULONG part = length > MOST ? MOST : (ULONG)length;
		if (!SystemFunction036(data, part))
			return FALSE;
		data += part;
		length -= part;
	}
	return TRUE;
}
