package showctl

import "slices"

// describe writes the paragraph of the control file called name.
type describe func(s *show, name string)

// file is a control file and how it is described.
type file struct {
	name     string
	describe describe
}

// files is qmail-control(5) in short. One that describes nothing has been
// described by another. It is made when it is asked for, and not at the start
// of every command that is linked together with this package.
func files() []file {
	return []file{
		{"badmailfrom", list("Any MAIL FROM is allowed.", "", " not accepted in MAIL FROM.")},
		{"bouncefrom", text(false, "MAILER-DAEMON", "Bounce user name is ")},
		{"bouncehost", text(true, "bouncehost", "Bounce host name is ")},
		{"bouncemaxbytes", ifThere(number("", "Bounces contain at most ", " bytes of the message"))},
		{"bouncemessage", ifThere(text(false, "", "Bounce text begins: "))},
		{"bouncesubject", ifThere(text(false, "", "Bounce subject is "))},
		{"concurrencylocal", number("10", "Local concurrency is ", "")},
		{"concurrencyremote", number("20", "Remote concurrency is ", "")},
		{"databytes", number("0", "SMTP DATA limit is ", " bytes")},
		{"defaultdomain", text(true, "defaultdomain", "Default domain name is ")},
		{"defaulthost", text(true, "defaulthost", "Default host name is ")},
		{"doublebouncehost", text(true, "doublebouncehost", "2B recipient host: ")},
		{"doublebouncemessage", ifThere(text(false, "", "2B text begins: "))},
		{"doublebouncesubject", ifThere(text(false, "", "2B subject is "))},
		{"doublebounceto", text(false, "postmaster", "2B recipient user: ")},
		{"envnoathost", text(true, "envnoathost", "Presumed domain name is ")},
		{"helohost", text(true, "helohost", "SMTP client HELO host name is ")},
		{"idhost", text(true, "idhost", "Message-ID host name is ")},
		{"localiphost", text(true, "localiphost", "Local IP address becomes ")},
		{"locals", list("Messages for me are delivered locally.", "Messages for ", " are delivered locally.")},
		{"me", text(false, "undefined! Uh-oh", "My name is ")},
		{"percenthack", list("The percent hack is not allowed.", "The percent hack is allowed for user%host@", ".")},
		{"plusdomain", text(true, "plusdomain", "Plus domain name is ")},
		{"qmqpservers", list("No QMQP servers.", "QMQP server: ", ".")},
		{"queuelifetime", number("604800", "Message lifetime in the queue is ", " seconds")},
		{"rcpthosts", rcpthosts},
		{"morercpthosts", nothing},
		{"morercpthosts.cdb", nothing},
		{"smtpgreeting", text(true, "smtpgreeting", "SMTP greeting: 220 ")},
		{"smtproutes", smtproutes},
		{"timeoutconnect", number("60", "SMTP client connection timeout is ", " seconds")},
		{"timeoutremote", number("1200", "SMTP client data timeout is ", " seconds")},
		{"timeoutsmtpd", number("1200", "SMTP server data timeout is ", " seconds")},
		{"virtualdomains", list("No virtual domains.", "Virtual domain: ", "")},
	}
}

func nothing(*show, string) {}

func smtproutes(s *show, name string) {
	s.linesBy(mask, name, "No artificial SMTP routes.", "SMTP route: ", "")
}

// ifThere is for files that few installations have: the patches that brought
// them are not in the C programs whose output this one's must equal.
func ifThere(d describe) describe {
	return func(s *show, name string) {
		if slices.Contains(s.names, name) {
			d(s, name)
		}
	}
}
