/*
 * explorer.exe as far as a double click goes: it starts what it is given in the
 * console at hand, waits, and says how that ended.
 */
#include <process.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	intptr_t code;
	if (argc < 2)
		return 2;
	code = _spawnv(_P_WAIT, argv[1], (const char *const *)argv + 1);
	printf("the window closes after %d\n", (int)code);
	return (int)code;
}
