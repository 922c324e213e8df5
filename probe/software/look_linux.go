package software

import "os"

func sources() []source { return linuxSources(os.DirFS("/")) }
