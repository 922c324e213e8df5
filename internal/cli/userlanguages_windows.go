package cli

import "golang.org/x/sys/windows"

// userLanguages are the user's languages for the system's own windows (MUI), by their
// names, such as ja-JP. None where Windows does not tell.
func userLanguages() []string {
	list, err := windows.GetUserPreferredUILanguages(windows.MUI_LANGUAGE_NAME)
	if err != nil {
		return nil
	}
	return list
}
