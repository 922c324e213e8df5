/*
 * A service of Windows that runs and does nothing, under whatever name the service
 * manager was given for it.
 */
#include <windows.h>

static SERVICE_STATUS_HANDLE manager;
static HANDLE end;

static void report(DWORD state)
{
	SERVICE_STATUS status = {SERVICE_WIN32_OWN_PROCESS, state, SERVICE_ACCEPT_STOP, NO_ERROR, 0, 0, 0};
	SetServiceStatus(manager, &status);
}

static DWORD WINAPI control(DWORD code, DWORD kind, void *data, void *context)
{
	if (code == SERVICE_CONTROL_STOP) {
		report(SERVICE_STOP_PENDING);
		SetEvent(end);
	}
	return NO_ERROR;
}

static void WINAPI serve(DWORD count, LPWSTR *arguments)
{
	manager = RegisterServiceCtrlHandlerExW(arguments[0], control, NULL);
	report(SERVICE_RUNNING);
	WaitForSingleObject(end, INFINITE);
	report(SERVICE_STOPPED);
}

int main(void)
{
	SERVICE_TABLE_ENTRYW table[] = {{(LPWSTR)L"", serve}, {NULL, NULL}};
	end = CreateEventW(NULL, TRUE, FALSE, NULL);
	return !StartServiceCtrlDispatcherW(table);
}
