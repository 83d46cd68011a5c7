package remote

// way finds the route, and what it demands of TLS: what is said of the relay,
// or else of host. A port that stands there goes before the route's.
func (s *Settings) way(sender, host string) (Route, error) {
	route, err := s.Route(sender, host)
	if err != nil {
		return route, err
	}
	return route, s.demand(&route, sender, host)
}

func (s *Settings) demand(route *Route, sender, host string) (err error) {
	if route.fixed {
		host = route.Relay
	}
	route.demand, err = s.Demands.For(sender, host)
	if route.demand.Port != 0 {
		route.Port = route.demand.Port
	}
	return err
}

// Route finds the way for mail from sender to host. control/authsenders comes
// before control/qmtproutes, and that before control/smtproutes. An error is a
// *control.Error.
func (s *Settings) Route(sender, host string) (Route, error) {
	var own Route
	if sender != "" {
		var err error
		if own, err = s.Senders.FindSender(sender); err != nil || own.fixed {
			return own, err
		}
	}
	route, err := s.domainRoute(sender, host)
	if err != nil || own.Login.User == "" {
		return route, err
	}
	// A password is for a relay that somebody has named, not for whatever
	// host the DNS comes up with.
	switch {
	case route.QMTP:
		return route, own.fault(errQMTP)
	case !route.fixed:
		return route, own.fault(errNobody)
	}
	route.Login = own.Login
	return route, nil
}

// domainRoute finds the way to host for whom control/authsenders names none.
func (s *Settings) domainRoute(sender, host string) (Route, error) {
	route, err := s.QMTPRoutes.FindFor(sender, host)
	if err == nil && !route.fixed {
		if route, err = s.Routes.FindFor(sender, host); err == nil && route.Login.User != "" && !route.fixed {
			err = route.fault(errNobody)
		}
		return route, err
	}
	route.QMTP = true
	if err == nil && route.Login.User != "" {
		err = route.fault(errQMTP)
	}
	return route, err
}
