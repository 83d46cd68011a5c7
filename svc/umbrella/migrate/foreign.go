package migrate

const goCiphers = "ciphers and temporary keys are chosen by Go's crypto/tls"

// What the control files of patches are for that qmailkit does not read. The
// list of those that it does read is in package showctl, and qmail-smtpd itself
// tells which settings it passes over.
var foreignFiles = map[string]string{
	"taps": "copies of messages: use a dot-qmail file, or QMAILQUEUE", "bigbrother": "copies of messages: use a dot-qmail file, or QMAILQUEUE",
	"filterargs": "read by spawn-filter, which goes on as QMAILLOCAL or QMAILREMOTE", "qfilters": "read by qmail-qfilter, which goes on as QMAILQUEUE",
	"simcontrol": "read by simscan, which goes on as QMAILQUEUE", "simcontrol.cdb": "read by simscan, which goes on as QMAILQUEUE", "simversions.cdb": "read by simscan",
	"srs_domain": "read by srsfilter, if it stays; qmail-remote rewrites no sender", "srs_domains": "qmail-remote rewrites no sender", "srsdomains": "qmail-remote rewrites no sender",
	"srs_secrets": "read by srsfilter", "srs_maxage": "read by srsfilter", "srs_hashlength": "read by srsfilter", "srs_hashmin": "read by srsfilter",
	"srs_separator": "read by srsfilter", "srs_alwaysrewrite": "qmail-remote rewrites no sender",
	"dkimdomains": "qmail-rspawn signs nothing: sign by QMAILREMOTE or QMAILQUEUE", "dkimkeys": "read by qmail-dkim, which goes on as QMAILQUEUE or QMAILREMOTE",
	"signaturedomains": "read by qmail-dkim", "nosignaturedomains": "read by qmail-dkim", "domainkeys": "read by qmail-dkim",
	"surbldomain": "read by surblfilter", "surbldomainwhite": "read by surblfilter", "surblrcpt": "read by surblfilter", "level2-tlds": "read by surblfilter",
	"level3-tlds": "read by surblfilter", "cachelifetime": "read by surblfilter", "cache": "of surblfilter",
	"spfbehavior": "SPF is not checked by qmail-smtpd", "spfrules": "SPF is not checked by qmail-smtpd", "spfguess": "SPF is not checked by qmail-smtpd", "spfexp": "SPF is not checked by qmail-smtpd",
	"smtpplugins": "qmail-spp's plugins are not run: RCPTCHECK runs programs for each recipient", "policy": "eMPF is not obeyed",
	"postgrey":   "greylisting is not done: RCPTCHECK may ask postgrey",
	"authservid": "no Authentication-Results are added", "bouncelifetime": "bounces live as long as other messages",
	"tlsserverciphers": goCiphers, "tlsciphers": goCiphers, "tlsdheparams": goCiphers, "tlsclientciphers": goCiphers, "tlsremoteciphers": goCiphers,
	"tlsservermethod": "TLS 1.2 and later are spoken", "tlsclientmethod": "TLS 1.2 and later are spoken",
	"smtpcert": "the certificate is that of servercert.pem", "remotecert": "the certificate is that of clientcert.pem",
	"ldapserver": "users are not looked up by LDAP: getent and users/cdb are",
	"ldapbasedn": "users are not looked up by LDAP", "ldaplogin": "users are not looked up by LDAP", "ldappassword": "users are not looked up by LDAP", "ldapcluster": "there are no clusters",
	"defaultquotasize": "quotas are for the program that delivers", "quotawarning": "quotas are for the program that delivers",
	"concurrencysuppl0": "there are no further channels: all remote mail is in one", "concurrencysuppl1": "there are no further channels: all remote mail is in one",
	"suppls0": "there are no further channels: all remote mail is in one", "suppls1": "there are no further channels: all remote mail is in one",
	"domainqueue": "there is one queue", "from.envrules": "QMAILREMOTE may set variables", "rcpt.envrules": "QMAILREMOTE may set variables",
}

// Control files that only scripts read.
var scriptFiles = map[string]string{
	"defaultdelivery": "read by the script that runs qmail-start", "concurrencyincoming": "read by the script that runs tcpserver",
	"softlimit": "read by scripts; a Go program needs more, and softlimit of qmailkit sees to that", "smtpextensions": "read by qmail-smtpd", "rewrite": "read by ofmipd",
	"bindroutes6": "read by qmail-remote", "domainbindings6": "read by qmail-remote",
}

// honoured are the variables of scripts and rules that qmailkit's programs
// read; a test holds them to the manual pages.
var honoured = []string{
	"421GREETING", "550GREETING", "ACCEPTCLIENT", "ALLOW_BARELF", "ALLOW_INSECURE_AUTH", "AUTH_CDB", "BLOCKRELAYPROBE", "BRTLIMIT", "CADIR", "CAFILE",
	"CERTFILE", "DATABYTES", "DISABLETLS", "DISABLE_BADMAILFROM", "DISABLE_MAXRCPT", "DNSBLFAILCLOSED", "DNSBLLIST", "DNSBLSKIP", "DROP_PRE_GREET",
	"DROPRUSHGREET", "FORCEAUTHMAILFROM", "FORCETLS", "GREETDELAY", "HELOCHECK", "KEYFILE", "LOGREGEX", "MAXRCPT", "MAXRECIPIENTS", "MFCHECK", "MFDNSCHECK",
	"NOBADHELO", "QMAILLOCAL", "QMAILQUEUE", "QMAILREMOTE", "RBL", "RBLONLYHEADER", "RBLSMTPD", "RCPTCHECK", "RCPTCHECKRELAYCLIENT", "RECIPIENTS450",
	"REJECTNULLSENDERS", "RELAYCLIENT", "RELAYREJ", "REQUIRE_AUTH", "RETURNMXCHECK", "SMTPAUTH", "SMTPD_GREETDELAY", "SMTPGREETING", "SMTPS", "SSL",
	"TARPITCOUNT", "TARPITDELAY", "TLS_SERVER_CERT", "UCSPITLS", "VALIDRCPTTO", "VALIDRCPTTO_CDB", "VALIDRCPTTO_LIMIT", "VERIFYDEPTH",
	"QMAILINJECT", "QMAILUSER", "QMAILHOST", "QMAILSUSER", "QMAILSHOST", "QMAILMFTFILE", "QMAILDEFAULTHOST", "QMAILDEFAULTDOMAIN", "QMAILPLUSDOMAIN", "QMAILIDHOST",
}

// Variables of patches that other programs read, or nobody.
var foreignVariables = map[string]string{
	"FILTERARGS": "read by spawn-filter", "ERROR_FD": "the programs of qmailkit listen on descriptors 4 and 6", "DKIMSIGN": "read by qmail-dkim", "DKIMKEY": "read by qmail-dkim",
	"DKIMVERIFY": "read by qmail-dkim", "DKIMQUEUE": "read by qmail-dkim", "DKIMSIGNOPTIONS": "read by qmail-dkim", "DKSIGN": "DomainKeys are of the past", "DKVERIFY": "DomainKeys are of the past",
	"SURBLQUEUE": "read by surblfilter", "SURBLRCPT": "read by surblfilter", "QQF_QMAILQUEUE": "read by qmail-qfilter", "QUEUEDIR": "there is one queue, in the home", "QUEUE_BASE": "there is one queue, in the home",
	"QUEUE_COUNT": "there is one queue, in the home", "QUEUE_START": "there is one queue, in the home", "CONTROLDIR": "control files are in the home", "CONFSPLIT": "the split is found in the queue",
	"BIGTODO": "a split todo is found in the queue", "USE_FSYNC": "what is acknowledged is always on disk", "USE_FDATASYNC": "what is acknowledged is always on disk", "USE_SYNCDIR": "what is acknowledged is always on disk",
	"SPF_LOG": "SPF is not checked by qmail-smtpd", "SPF_BLOCK_PLUS_ALL": "SPF is not checked by qmail-smtpd", "MAXRCPTLOG": "nothing is logged of it", "QMAILGETPW": "bin/qmail-getpw is run",
	"CHKUSER_RCPTLIMIT": "chkuser is not done: qmail-rcptd knows recipients", "CHKUSER_WRONGRCPTLIMIT": "chkuser is not done: brtlimit ends sessions", "CHKUSER_MBXQUOTA": "chkuser is not done",
	"SMTPROUTE": "control/smtproutes counts alone", "QMTPROUTE": "control/qmtproutes counts alone", "NOSPP": "plugins are not run",
}

// Variables whose absence of effect would open a host, or stop its mail.
var blockingVariables = map[string]bool{"QUEUEDIR": true, "CONTROLDIR": true, "QUEUE_BASE": true, "SMTPROUTE": true}
