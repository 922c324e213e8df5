package software

import "wsdoctor/probe"

const (
	vpn      = probe.VPN
	gateway  = probe.WebGateway
	endpoint = probe.EndpointProtection
	firewall = probe.PersonalFirewall
	proxy    = probe.ProxyProgram
	names    = probe.DNSFilter
)

// products is the whole list: a new one is one row. Marks are from the vendors' own
// documents (exclusion lists for other security software, lists of services, removal
// guides) and from public inventories of installed programs, as of 2026-11. Left out
// is what every computer of a system has: it would tell nothing.
var products = []product{
	// Clients of companies: a tunnel, a gateway for web traffic, or both.
	{"Zscaler Client Connector", kinds(vpn, gateway), marks{
		process: "ZSATunnel; ZSATray; ZSATrayManager; ZSAService; zstunnel", service: "ZSAService; ZSATunnel; ZSATrayManager", title: "Zscaler",
		adapter: "Zscaler", bundle: "com.zscaler.", unit: "zsaservice; zstunnel", pkg: "zscaler-client"}},
	{"Netskope Client", kinds(gateway), marks{
		process: "stAgentSvc; stAgentUI; stAgentApp; stAgentSvcMon; Netskope Client", service: "stAgentSvc; stadrv", title: "Netskope Client",
		adapter: "Netskope", bundle: "com.netskope.", unit: "stagentd; stagentui"}},
	{"Cisco Secure Client (AnyConnect)", kinds(vpn), marks{
		process: "vpnagent; vpnagentd; vpnui; csc_ui", service: "vpnagent; csc_vpnagent; acsock", title: "Cisco AnyConnect; Cisco Secure Client",
		adapter: "Cisco AnyConnect; Cisco Secure Client", bundle: "com.cisco.anyconnect; com.cisco.secureclient", unit: "vpnagentd", pkg: "cisco-secure-client-vpn; anyconnect"}},
	{"Cisco Umbrella client", kinds(names, gateway), marks{
		process: "ERCService; ERCInterface; acumbrellaagent; csc_umbrellaagent; acswgagent; csc_swgagent", service: "Umbrella_RC; umbrella; acumbrellaagent; csc_umbrellaagent; acswgagent; csc_swgagent",
		title: "Umbrella Roaming Client; Cisco AnyConnect Umbrella; Cisco Secure Client - Umbrella", bundle: "com.opendns.; com.cisco.umbrella"}},
	{"Palo Alto GlobalProtect", kinds(vpn), marks{
		process: "PanGPS; PanGPA; GlobalProtect", service: "PanGPS", title: "GlobalProtect", adapter: "PANGP Virtual",
		bundle: "com.paloaltonetworks.globalprotect; com.paloaltonetworks.gp", unit: "gpd", pkg: "globalprotect"}},
	{"Cloudflare WARP", kinds(vpn, gateway, names), marks{
		process: "warp-svc; Cloudflare WARP; CloudflareWARP", service: "CloudflareWARP", title: "Cloudflare WARP; Cloudflare One Client", adapter: "Cloudflare WARP",
		bundle: "com.cloudflare.1dot1dot1dot1", unit: "warp-svc", pkg: "cloudflare-warp"}},
	{"FortiClient", kinds(vpn, gateway), marks{
		process: "FortiTray; FortiClient; FortiSSLVPNdaemon; FCDBLog; FortiESNAC; fortitraylauncher; fctservctl", service: "FA_Scheduler; FortiClient*", title: "FortiClient",
		adapter: "FortiClient; Fortinet SSL VPN; Fortinet Virtual Ethernet", bundle: "com.fortinet.", unit: "forticlient", pkg: "forticlient"}},
	{"Ivanti Secure Access (Pulse Secure)", kinds(vpn), marks{
		process: "PulseSecureService; pulsesvc; pulseUI; dsAccessService", service: "PulseSecureService; dsAccessService; JUNS", title: "Pulse Secure; Ivanti Secure Access",
		adapter: "Pulse Secure; Juniper Networks Virtual; Ivanti Secure Access", bundle: "net.pulsesecure.; net.juniper.", unit: "pulsesecure", pkg: "pulsesecure"}},
	{"Check Point Endpoint Security", kinds(vpn, firewall, endpoint), marks{
		process: "TracSrvWrapper; TrGUI; TracCAPI; EPWD; cpda; snx; cshell", service: "TracSrvWrapper; EPWD; CPDA; vsdatant", title: "Check Point",
		adapter: "Check Point Virtual", bundle: "com.checkpoint."}},
	{"SonicWall NetExtender", kinds(vpn), marks{
		process: "NEService; NEGui; NetExtender; nxMonitor", service: "SONICWALL_NetExtender; NEService", title: "SonicWall; NetExtender", adapter: "SonicWall; NetExtender", bundle: "com.sonicwall."}},
	{"F5 BIG-IP Edge Client", kinds(vpn), marks{
		process: "f5fpclientW; f5fpc; f5vpn; svpn; BIG-IP Edge Client", service: "F5FltSrv; F5 Networks*", title: "BIG-IP Edge; F5 VPN", adapter: "F5 Networks VPN; F5 VPN", bundle: "com.f5.", pkg: "f5vpn; f5fpc"}},
	{"Citrix Secure Access", kinds(vpn), marks{
		process: "nsload; nsverctl; Citrix Secure Access; nsgclient", service: "nsverctl", title: "Citrix Secure Access; Citrix Gateway Plug-in; NetScaler Gateway", adapter: "Citrix VPN; Citrix Virtual Adapter",
		bundle: "com.citrix.NetScalerGateway; com.citrix.SecureAccess", pkg: "nsgclient"}},
	{"Cato Client", kinds(vpn, gateway), marks{
		process: "CatoClient; winvpnclient.cli; cato-clientd", service: "CatoNetworksVPNService", title: "Cato Client", adapter: "Cato Networks", bundle: "com.catonetworks.", unit: "cato-client"}},
	{"Appgate SDP", kinds(vpn), marks{
		process: "Appgate SDP; appgatetunnel; appgate-driver; Appgate Driver", service: "appgatetunnel; Appgate*", title: "Appgate", adapter: "Appgate", bundle: "com.appgate.; com.cyxtera.appgate", unit: "appgatedriver", pkg: "appgate-sdp"}},
	{"Sophos Connect", kinds(vpn), marks{
		process: "scvpn; scgui", service: "scvpn; Sophos Connect*", title: "Sophos Connect", adapter: "Sophos TAP; Sophos SSL VPN", bundle: "com.sophos.sophosconnect"}},
	{"WatchGuard Mobile VPN", kinds(vpn), marks{
		process: "wgsslvpnc; wgsslvpnsrc", service: "WatchGuard SSLVPN Service; WGSSLVPNSrv", title: "WatchGuard Mobile VPN", adapter: "WatchGuard", bundle: "com.watchguard."}},
	{"AWS VPN Client", kinds(vpn), marks{
		process: "AWSVPNClient; AWS VPN Client; acvc-openvpn; acvc-openvpn-arm64; AWSVPNClient.Service", service: "AWSVPNClientService; AwsVpnClient*", title: "AWS VPN Client", bundle: "com.amazonaws.acvc", unit: "awsvpnclient", pkg: "awsvpnclient"}},
	{"Twingate", kinds(vpn), marks{
		process: "Twingate; Twingate.Service; twingated", service: "Twingate.Service; Twingate*", title: "Twingate", adapter: "Twingate", bundle: "com.twingate.", unit: "twingate", pkg: "twingate"}},
	{"Tailscale", kinds(vpn, names), marks{
		process: "tailscaled; tailscale-ipn; Tailscale", service: "Tailscale", title: "Tailscale", adapter: "Tailscale", bundle: "io.tailscale.", unit: "tailscaled", pkg: "tailscale"}},
	{"ZeroTier", kinds(vpn), marks{
		process: "zerotier-one; zerotier-one_x64; zerotier_desktop_ui", service: "ZeroTierOneService", title: "ZeroTier", adapter: "ZeroTier", bundle: "com.zerotier.", unit: "zerotier-one", pkg: "zerotier-one"}},
	{"Netbird", kinds(vpn), marks{
		process: "netbird; netbird-ui", service: "netbird", title: "Netbird", bundle: "io.netbird.", unit: "netbird", pkg: "netbird"}},
	{"OpenVPN", kinds(vpn), marks{
		process: "openvpn; openvpn-gui; OpenVPNConnect; ovpnconnector; ovpnagent; Tunnelblick; Viscosity", service: "OpenVPNService; OpenVPNServiceLegacy; agent_ovpnconnect; ovpnconnector*", title: "OpenVPN; Tunnelblick; Viscosity",
		adapter: "TAP-Windows; TAP-Win32; OpenVPN", bundle: "org.openvpn.; net.openvpn.; net.tunnelblick.; com.sparklabs.viscosity", unit: "openvpn", pkg: "openvpn3; openvpn"}},
	{"WireGuard", kinds(vpn), marks{
		process: "wireguard; wireguard-go", service: "WireGuardManager; WireGuardTunnel$*", title: "WireGuard", adapter: "WireGuard Tunnel", bundle: "com.wireguard."}},
	{"strongSwan", kinds(vpn), marks{process: "charon; charon-nm; charon-systemd; charon-svc", unit: "strongswan; strongswan-starter", pkg: "strongswan-charon; charon-systemd"}},
	{"OpenConnect", kinds(vpn), marks{process: "openconnect; openconnect-gui", title: "OpenConnect"}},
	{"SoftEther VPN Client", kinds(vpn), marks{
		process: "vpnclient; vpnclient_x64; vpncmgr_x64", service: "SEVPNCLIENT*", title: "SoftEther VPN Client", adapter: "VPN Client Adapter -"}},

	// VPNs that people buy for themselves.
	{"NordVPN", kinds(vpn), marks{process: "NordVPN; nordvpn-service; nordvpnd; NordVPN IKE", service: "nordvpn-service; NordUpdaterService", title: "NordVPN", adapter: "NordLynx; NordVPN", bundle: "com.nordvpn.", unit: "nordvpnd", pkg: "nordvpn"}},
	{"ExpressVPN", kinds(vpn), marks{process: "ExpressVPN; expressvpnd; ExpressVPN.VpnService; ExpressVPNNotificationService", service: "ExpressVPNService; ExpressVpnVpnService", title: "ExpressVPN", adapter: "ExpressVPN", bundle: "com.expressvpn.", unit: "expressvpn; expressvpn-service", pkg: "expressvpn"}},
	{"Surfshark", kinds(vpn), marks{process: "Surfshark; Surfshark.Service; surfsharkd; surfsharkd2", service: "Surfshark Service; SurfsharkService", title: "Surfshark", adapter: "Surfshark", bundle: "com.surfshark.", unit: "surfsharkd2", pkg: "surfshark"}},
	{"Proton VPN", kinds(vpn), marks{process: "ProtonVPN; ProtonVPNService; ProtonVPN.Client; protonvpn-app", service: "ProtonVPN Service; ProtonVPN WireGuard; ProtonVPNCallout", title: "Proton VPN; ProtonVPN", adapter: "ProtonVPN; Proton VPN", bundle: "ch.protonvpn.", pkg: "proton-vpn-gnome-desktop; protonvpn; proton-vpn-gtk-app"}},
	{"Mullvad VPN", kinds(vpn), marks{process: "mullvad-daemon; Mullvad VPN; mullvad-gui", service: "MullvadVPN", title: "Mullvad VPN", adapter: "Mullvad", bundle: "net.mullvad.", unit: "mullvad-daemon", pkg: "mullvad-vpn"}},
	{"Private Internet Access", kinds(vpn), marks{process: "pia-service; pia-client; pia-daemon; pia-openvpn", service: "PrivateInternetAccessService; PrivateInternetAccessWireguard", title: "Private Internet Access", adapter: "Private Internet Access", bundle: "com.privateinternetaccess.", unit: "piavpn"}},
	{"CyberGhost VPN", kinds(vpn), marks{process: "CyberGhost; CyberGhost.Service", service: "CG8Service; CG7Service; CyberGhost*", title: "CyberGhost", adapter: "CyberGhost", bundle: "com.cyberghost"}},
	{"Windscribe", kinds(vpn), marks{process: "Windscribe; WindscribeService; windscribe-helper", service: "WindscribeService", title: "Windscribe", adapter: "Windscribe", bundle: "com.windscribe.", unit: "windscribe-helper", pkg: "windscribe"}},
	{"IVPN", kinds(vpn), marks{process: "IVPN Service; IVPN Client; ivpn-service", service: "IVPN Client", title: "IVPN Client", adapter: "IVPN", bundle: "net.ivpn.", unit: "ivpn-service", pkg: "ivpn"}},
	{"Hotspot Shield", kinds(vpn), marks{process: "hsscp; cmw_srv; HotspotShield", service: "hshld; HssSrv", title: "Hotspot Shield", adapter: "Anchorfree", bundle: "com.anchorfree."}},
	{"LogMeIn Hamachi", kinds(vpn), marks{process: "hamachi-2; hamachi-2-ui; hamachid", service: "Hamachi2Svc", title: "LogMeIn Hamachi", adapter: "Hamachi", bundle: "com.logmein.hamachi", unit: "logmein-hamachi", pkg: "logmein-hamachi"}},

	// Secure web gateways and filters for names.
	{"Forcepoint ONE Endpoint", kinds(gateway, endpoint), marks{process: "wepsvc; fppsvc; dserui; fpeca; Websense Endpoint Helper", service: "WSPXY; WSDLP; fppsvc; fpeca; WSRF", title: "Forcepoint; Websense Endpoint", bundle: "com.forcepoint.; com.websense."}},
	{"Skyhigh Client Proxy", kinds(gateway), marks{process: "mfemcp; SCPService", service: "SCPService", title: "McAfee Client Proxy; Skyhigh Client Proxy", bundle: "com.skyhighsecurity.; com.mcafee.mcp"}},
	{"Symantec WSS Agent", kinds(gateway), marks{process: "wssad; wssa-ui; wssa", service: "wssad; WSSAgent", title: "WSS Agent; Symantec WSS Agent; Cloud SWG Agent; Symantec Enterprise Agent", bundle: "com.bluecoat.; com.symantec.wssa; com.broadcom.wssa"}},
	{"iboss agent", kinds(gateway), marks{process: "ibsaService; iboss; ibsa", service: "IBSA*; ibossService", title: "iboss", bundle: "com.iboss."}},
	{"Menlo Security Client", kinds(gateway), marks{process: "MenloSecurityClient; msec-agent", service: "MenloSecurity*", title: "Menlo Security", bundle: "com.menlosecurity."}},
	{"Lightspeed Filter", kinds(gateway), marks{process: "LSSASvc; lightspeed-agent; LightspeedFilterAgent", service: "LSSASvc; Lightspeed*", title: "Lightspeed", bundle: "com.lightspeedsystems."}},
	{"DNSFilter agent", kinds(names), marks{process: "DNSFilter Agent; DNSFilterAgent", service: "DNSFilter Agent", title: "DNSFilter", bundle: "com.dnsfilter."}},
	{"NextDNS", kinds(names), marks{process: "NextDNS; NextDNSService", service: "NextDNSService; nextdns", title: "NextDNS", bundle: "io.nextdns.", unit: "nextdns", pkg: "nextdns"}},
	{"dnscrypt-proxy", kinds(names), marks{process: "dnscrypt-proxy; SimpleDNSCrypt", service: "dnscrypt-proxy", title: "Simple DNSCrypt", unit: "dnscrypt-proxy", pkg: "dnscrypt-proxy"}},

	// Endpoint protection that filters connections, or can.
	{"CrowdStrike Falcon", kinds(endpoint), marks{process: "CSFalconService; CSFalconContainer; falcon-sensor; falcon-sensor-bpf; falcond", service: "CSFalconService; CSAgent", title: "CrowdStrike", bundle: "com.crowdstrike.falcon", unit: "falcon-sensor", pkg: "falcon-sensor"}},
	{"SentinelOne", kinds(endpoint), marks{process: "SentinelAgent; SentinelServiceHost; SentinelStaticEngine; sentineld; s1-agent; s1-network", service: "SentinelAgent; SentinelMonitor", title: "Sentinel Agent; SentinelOne", bundle: "com.sentinelone.", unit: "sentinelone", pkg: "sentinelagent"}},
	{"Microsoft Defender for Endpoint", kinds(endpoint), marks{process: "MsSense; SenseNdr; wdavdaemon; wdavdaemon_enterprise", service: "Sense", title: "Microsoft Defender for Endpoint; Microsoft Defender", bundle: "com.microsoft.wdav", unit: "mdatp", pkg: "mdatp"}},
	{"Sophos Endpoint", kinds(endpoint, gateway), marks{process: "SEDService; SophosFS; SophosNtpService; SophosNetFilter; SophosHealth; McsAgent; SophosScanD; SophosWebIntelligence; sophos_watchdog", service: "Sophos Endpoint Defense Service; Sophos MCS Agent; SntpService; Sophos Network Threat Protection; swi_callout", title: "Sophos Endpoint; Sophos Intercept X; Sophos Anti-Virus; Sophos Home; Sophos Network Threat Protection", bundle: "com.sophos.endpoint; com.sophos.sav; com.sophos.scan; com.sophos.web; com.sophos.common", unit: "sophos-spl"}},
	{"Trend Micro endpoint security", kinds(endpoint, gateway), marks{process: "TmListen; NTRTScan; TmCCSF; PccNTMon; coreServiceShell; TmPfw; TmProxy; iCoreService; ds_agent; ds_am", service: "tmlisten; ntrtscan; TmCCSF; TmPfw; TmProxy; tmwfp; TmLwf; ds_agent; Amsp", title: "Trend Micro", adapter: "Trend Micro", bundle: "com.trendmicro.", unit: "ds_agent", pkg: "ds-agent"}},
	{"Symantec Endpoint Protection", kinds(endpoint, firewall), marks{process: "ccSvcHst; SepMasterService; SymDaemon", service: "SepMasterService; SmcService; SepScanService; Teefer2", title: "Symantec Endpoint", adapter: "Symantec; Teefer", bundle: "com.symantec.mes; com.symantec.symdaemon; com.broadcom.mes"}},
	{"Trellix (McAfee) endpoint security", kinds(endpoint, firewall), marks{process: "mfefire; mfemms; mfeesp; mfetp; mfefw; masvc; macmnsvc; McAfeeFramework; VShieldScanner; mfeensd", service: "mfefire; mfemms; mfewfpk; mfefirek; masvc; macmnsvc", title: "McAfee Endpoint Security; Trellix Endpoint Security; McAfee Agent; Trellix Agent; McAfee; Trellix", adapter: "McAfee NDIS; McAfee Core", bundle: "com.mcafee.; com.trellix.", unit: "mfeespd; mfetpd", pkg: "mcafeetp; mfecma"}},
	{"Palo Alto Cortex XDR", kinds(endpoint), marks{process: "cyserver; cyvera; CyveraService; cytray; cortex-xdr-payload; traps_pmd", service: "cyserver; CyveraService; cyvrmtgn; cyvrlpc", title: "Cortex XDR", bundle: "com.paloaltonetworks.traps; com.paloaltonetworks.cortex", unit: "traps_pmd; cortex-agent", pkg: "cortex-agent"}},
	{"Carbon Black", kinds(endpoint), marks{process: "RepMgr; RepUx; RepWSC; CbDefense; cbagentd; cbdaemon", service: "CbDefense; CarbonBlack; carbonblackk; CbDefenseWSC", title: "Carbon Black; VMware Carbon Black; CB Defense; Cb Defense Sensor", bundle: "com.carbonblack.; com.vmware.carbonblack", unit: "cbagentd; cbdaemon", pkg: "cb-psc-sensor"}},
	{"Cybereason", kinds(endpoint), marks{process: "minionhost; CrsSvc; ActiveConsole; CybereasonSensor", service: "CybereasonActiveProbe; minionhost; CrsSvc", title: "Cybereason", bundle: "com.cybereason.", unit: "cybereason-sensor", pkg: "cybereason-sensor"}},
	{"Cylance", kinds(endpoint), marks{process: "CylanceSvc; CylanceUI; CyOptics", service: "CylanceSvc; CyOptics; CyProtectDrv", title: "Cylance; BlackBerry Protect", bundle: "com.cylance.", unit: "cylancesvc"}},
	{"Trellix HX (FireEye)", kinds(endpoint), marks{process: "xagt; xagtnotif", service: "xagt; FeKern", title: "FireEye Endpoint Agent; Trellix Endpoint Agent", bundle: "com.fireeye.", unit: "xagt", pkg: "xagt"}},
	{"Elastic Defend", kinds(endpoint), marks{process: "elastic-endpoint", service: "ElasticEndpoint", bundle: "co.elastic.", unit: "ElasticEndpoint"}},
	{"ESET", kinds(endpoint, firewall), marks{process: "ekrn; esets_daemon; eea; oaeventd", service: "ekrn; ekrnEpfw; epfwwfp; epfw", title: "ESET", adapter: "ESET Personal Firewall; Epfw NDIS", bundle: "com.eset.", unit: "eea; esets", pkg: "eea; esets"}},
	{"Kaspersky", kinds(endpoint, firewall), marks{process: "avp; avpui; kavd; kesl; kesl-gui; klnagent", service: "AVP2*; AVP.KES*; klim6; klwfp; klnagent", title: "Kaspersky", adapter: "Kaspersky", bundle: "com.kaspersky.", unit: "kesl", pkg: "kesl"}},
	{"Bitdefender", kinds(endpoint, firewall), marks{process: "bdservicehost; vsserv; bdagent; EPSecurityService; EPProtectedService; BDLDaemon; bdsecd", service: "VSSERV; EPSecurityService; EPProtectedService; bdprotectsrv; bdfwfpf; bdfndisf", title: "Bitdefender", adapter: "Bitdefender; BitDefender Firewall", bundle: "com.bitdefender.", unit: "bdsec", pkg: "bitdefender-security-tools"}},
	{"Avast", kinds(endpoint, firewall), marks{process: "AvastSvc; AvastUI; afwServ; com.avast.daemon", service: "avast! Antivirus; avast! Firewall; aswNetSec; aswbidsagent", title: "Avast", adapter: "avast!", bundle: "com.avast."}},
	{"AVG", kinds(endpoint, firewall), marks{process: "AVGSvc; AVGUI; avgnsa; avgwdsvc", service: "AVG Antivirus; AVG Firewall; avgNetSec; avgwd", title: "AVG", bundle: "com.avg."}},
	{"Avira", kinds(endpoint), marks{process: "Avira.ServiceHost; avguard; Avira.Spotlight.Service; avgnt", service: "Avira.ServiceHost; AntiVirService; EndpointProtectionService; AviraSecurity", title: "Avira", bundle: "com.avira."}},
	{"Norton", kinds(endpoint, firewall), marks{process: "NortonSecurity; NortonSvc; NortonUI; nsWscSvc", service: "NortonSecurity; Norton Antivirus; NortonSvc; nortonNetSec", title: "Norton", adapter: "Norton", bundle: "com.norton.; com.symantec.nortonsecurity; com.norton.mes"}},
	{"Malwarebytes", kinds(endpoint), marks{process: "MBAMService; mbam; Malwarebytes; RTProtectionDaemon; mbendpointagent", service: "MBAMService; MBAMWebProtection; MBEndpointAgent", title: "Malwarebytes", bundle: "com.malwarebytes."}},
	{"F-Secure / WithSecure", kinds(endpoint, firewall), marks{process: "fshoster32; fshoster64; fshoster; fsulprothoster; fsaua; fsma32", service: "fshoster; fsulprothoster; fsulhoster; FSMA; fsnethoster; FSDFWD", title: "F-Secure; WithSecure", adapter: "F-Secure", bundle: "com.f-secure.; com.withsecure."}},
	{"G DATA", kinds(endpoint, firewall), marks{process: "AVKProxy; AVKWCtlX64; GDFwSvc; GDFirewallTray; AVKService", service: "AVKProxy; AVKWCtl; GDFwSvc; GDTdiInterceptor; gdwfpcd", title: "G DATA", adapter: "G DATA"}},
	{"Webroot", kinds(endpoint), marks{process: "WRSA; WRCoreService; WRSkyClient; WSDaemon", service: "WRSVC; WRCoreService; WRkrn", title: "Webroot", bundle: "com.webroot."}},
	{"Panda / WatchGuard endpoint security", kinds(endpoint, firewall), marks{process: "PSANHost; PSUAService; PSUAMain", service: "NanoServiceMain; PSUAService; PandaAgent; NNSNAHSL", title: "Panda Dome; Panda Endpoint; Panda Security; WatchGuard Endpoint", adapter: "Panda NDIS", bundle: "com.pandasecurity."}},

	// Personal firewalls.
	{"ZoneAlarm", kinds(firewall), marks{process: "vsmon; zatray; ZoneAlarm", service: "vsmon; ZAPrivacyService", title: "ZoneAlarm"}},
	{"COMODO Internet Security", kinds(firewall, endpoint), marks{process: "cmdagent; cavwp", service: "CmdAgent; cmdGuard", title: "COMODO Internet Security; COMODO Firewall; COMODO Antivirus; Xcitium", adapter: "COMODO Internet Security; COMODO Firewall"}},
	{"GlassWire", kinds(firewall), marks{process: "GlassWire; GWCtlSrv; GWIdlMon", service: "GlassWire; gwdrv", title: "GlassWire", bundle: "com.glasswire."}},
	{"simplewall", kinds(firewall), marks{process: "simplewall", title: "simplewall"}},
	{"TinyWall", kinds(firewall), marks{process: "TinyWall", service: "TinyWall", title: "TinyWall"}},
	{"Windows Firewall Control", kinds(firewall), marks{process: "wfcs; wfcUI", service: "_wfcs; wfcs", title: "Windows Firewall Control; Malwarebytes Windows Firewall Control"}},
	{"NetLimiter", kinds(firewall), marks{process: "NLSvc; NLClientApp", service: "nlsvc; nldrv", title: "NetLimiter"}},
	{"Portmaster", kinds(firewall, names), marks{process: "portmaster-core; portmaster-start; portmaster", service: "PortmasterCore; PortmasterKext", title: "Portmaster", unit: "portmaster", pkg: "portmaster"}},
	{"Little Snitch", kinds(firewall), marks{process: "Little Snitch Agent; Little Snitch Daemon; Little Snitch Network Monitor", title: "Little Snitch", bundle: "at.obdev.littlesnitch", unit: "littlesnitch", pkg: "littlesnitch"}},
	{"LuLu", kinds(firewall), marks{process: "LuLu", title: "LuLu", bundle: "com.objective-see.lulu"}},
	{"Radio Silence", kinds(firewall), marks{process: "Radio Silence", title: "Radio Silence", bundle: "com.radiosilenceapp."}},
	{"Vallum", kinds(firewall), marks{process: "Vallum", title: "Vallum", bundle: "com.vallumfirewall.; it.murus."}},
	{"OpenSnitch", kinds(firewall), marks{process: "opensnitchd; opensnitch-ui", unit: "opensnitch; opensnitchd", pkg: "opensnitch"}},
	{"firewalld", kinds(firewall), marks{process: "firewalld", unit: "firewalld", pkg: "firewalld"}},
	{"ufw", kinds(firewall), marks{unit: "ufw", pkg: "ufw"}},

	// Programs that take connections and open their own.
	{"Proxifier", kinds(proxy), marks{process: "Proxifier", service: "ProxifierService; ProxifierDrv", title: "Proxifier", bundle: "com.initex.proxifier; com.proxifier."}},
	{"Cntlm", kinds(proxy), marks{process: "cntlm", service: "cntlm", title: "Cntlm", unit: "cntlm", pkg: "cntlm"}},
	{"Privoxy", kinds(proxy), marks{process: "privoxy", service: "privoxy", title: "Privoxy", unit: "privoxy", pkg: "privoxy"}},
	{"Squid", kinds(proxy), marks{process: "squid", service: "squidsrv; squid", title: "Squid", unit: "squid", pkg: "squid; squid-openssl"}},
	{"tinyproxy", kinds(proxy), marks{process: "tinyproxy", unit: "tinyproxy", pkg: "tinyproxy-bin"}},
	{"Fiddler", kinds(proxy), marks{process: "Fiddler; Fiddler Everywhere; FiddlerEverywhere", title: "Fiddler; Progress Telerik Fiddler; Telerik Fiddler", bundle: "com.telerik.fiddler"}},
	{"Charles", kinds(proxy), marks{process: "Charles", title: "Charles", bundle: "com.xk72."}},
	{"Proxyman", kinds(proxy), marks{process: "Proxyman", title: "Proxyman", bundle: "com.proxyman."}},
	{"mitmproxy", kinds(proxy), marks{process: "mitmproxy; mitmweb; mitmdump", title: "mitmproxy", pkg: "mitmproxy"}},
	{"Burp Suite", kinds(proxy), marks{process: "BurpSuiteCommunity; BurpSuitePro; BurpSuiteProfessional", title: "Burp Suite", bundle: "net.portswigger."}},
	{"AdGuard", kinds(proxy, names), marks{process: "AdGuard; AdguardSvc; adguard-cli", service: "Adguard Service; adgnetworkwfpdrv; AdguardSvc", title: "AdGuard", bundle: "com.adguard."}},
	{"Clash / mihomo", kinds(proxy, vpn), marks{process: "clash; mihomo; verge-mihomo; clash-verge; clash-verge-service; clash-win64; clash-meta", service: "clash_verge_service; Clash*", title: "Clash", bundle: "io.github.clash-verge-rev.; com.clashforwindows.; com.west2online.ClashX", unit: "clash; mihomo; clash-verge-service", pkg: "clash-verge; mihomo"}},
	{"V2Ray / Xray / sing-box", kinds(proxy, vpn), marks{process: "v2ray; xray; sing-box; v2rayN; nekoray; nekobox", service: "v2ray; xray; sing-box", unit: "v2ray; xray; sing-box", pkg: "v2ray; sing-box"}},
	{"Shadowsocks", kinds(proxy), marks{process: "Shadowsocks; ss-local; sslocal; ShadowsocksX-NG", title: "Shadowsocks", unit: "shadowsocks-libev-local", pkg: "shadowsocks-libev"}},
	{"Lantern", kinds(proxy, vpn), marks{process: "lantern; lanternd", title: "Lantern", bundle: "com.getlantern.; org.getlantern.", pkg: "lantern"}},
	{"Psiphon", kinds(proxy, vpn), marks{process: "psiphon3; psiphon-tunnel-core", title: "Psiphon"}},
}
