//go:build unix && !linux && !darwin

package host

import (
	"context"
	"io/fs"

	"wsdoctor/probe"
)

// thisSystem is what every Unix can do.
func thisSystem(root fs.FS) system {
	return system{
		links: standardLinks,
		route: func(ctx context.Context, f flow) (hop, error) {
			source, err := sourceTowards(ctx, f)
			if err != nil {
				return hop{}, err
			}
			links, err := standardLinks(ctx)
			if err != nil {
				return hop{source: source}, nil
			}
			return hop{index: indexOf(links, source), source: source}, nil
		},
		resolvers: func(context.Context, []link) (probe.ResolversDetail, error) { return resolvConf(root) },
		proxy:     func(context.Context) (*proxySettings, error) { return nil, nil },
		agent:     func() []string { return agentFileSigns(root) },
		gaps:      []string{"gateways and policy rules on ports: not read on this system"},
		close:     func() {},
	}
}
