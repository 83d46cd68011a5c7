package dns

import (
	"errors"

	"golang.org/x/net/dns/dnsmessage"
)

// errStray is a packet that does not answer the question.
var errStray = errors.New("not an answer to the question")

// parse reads an answer to q. A packet may hold anything: nothing in it is
// believed before its number and question fit.
func (q question) parse(packet []byte, id uint16, edns bool) (records []dnsmessage.ResourceBody, alias string, err error) {
	var p dnsmessage.Parser
	h, err := p.Start(packet)
	if err != nil || h.ID != id || !h.Response {
		return nil, "", errStray
	}
	questions, err := p.AllQuestions()
	if err != nil {
		return nil, "", errAnswer
	}
	refused := h.RCode != dnsmessage.RCodeSuccess && h.RCode != dnsmessage.RCodeNameError
	if !q.repeated(questions) && !(refused && len(questions) == 0) {
		return nil, "", errStray
	}
	switch {
	case edns && (h.RCode == dnsmessage.RCodeFormatError || h.RCode == dnsmessage.RCodeNotImplemented):
		return nil, "", errPlain
	case refused:
		return nil, "", errServer
	case h.Truncated:
		return nil, "", errCut
	case h.RCode == dnsmessage.RCodeNameError:
		return nil, "", ErrNoName
	}
	records, alias, err = q.answers(&p)
	if err != nil {
		return nil, "", errAnswer
	}
	if records == nil && alias == "" {
		if !h.Authoritative && !h.RecursionAvailable {
			return nil, "", errServer // it only knows others that might know
		}
		return nil, "", ErrNoData
	}
	return records, alias, nil
}

// repeated tells whether the questions of an answer are q and nothing else.
func (q question) repeated(questions []dnsmessage.Question) bool {
	if len(questions) != 1 {
		return false
	}
	a := questions[0]
	return a.Type == q.kind && a.Class == dnsmessage.ClassINET && sameName(a.Name, q.name)
}

// answers takes the records of the kind that q asks for, whatever name they
// stand under: the server has followed the aliases that lead to them.
func (q question) answers(p *dnsmessage.Parser) (records []dnsmessage.ResourceBody, alias string, err error) {
	for {
		h, err := p.AnswerHeader()
		if err == dnsmessage.ErrSectionDone {
			return records, alias, nil
		}
		if err != nil {
			return nil, "", err
		}
		wanted := h.Class == dnsmessage.ClassINET && (h.Type == q.kind || h.Type == dnsmessage.TypeCNAME)
		if !wanted {
			if err = p.SkipAnswer(); err != nil {
				return nil, "", err
			}
			continue
		}
		body, err := q.body(p, h.Type)
		if err != nil {
			return nil, "", err
		}
		if c, ok := body.(*dnsmessage.CNAMEResource); ok {
			alias = text(c.CNAME)
		} else {
			records = append(records, body)
		}
	}
}

func (q question) body(p *dnsmessage.Parser, kind dnsmessage.Type) (dnsmessage.ResourceBody, error) {
	switch kind {
	case dnsmessage.TypeA:
		r, err := p.AResource()
		return &r, err
	case dnsmessage.TypeAAAA:
		r, err := p.AAAAResource()
		return &r, err
	case dnsmessage.TypeMX:
		r, err := p.MXResource()
		return &r, err
	case dnsmessage.TypePTR:
		r, err := p.PTRResource()
		return &r, err
	case dnsmessage.TypeTXT:
		r, err := p.TXTResource()
		return &r, err
	default:
		r, err := p.CNAMEResource()
		return &r, err
	}
}

// sameName compares without regard to ASCII case.
func sameName(a, b dnsmessage.Name) bool {
	if a.Length != b.Length {
		return false
	}
	for i := range a.Data[:a.Length] {
		x, y := a.Data[i], b.Data[i]
		if x-'A' < 26 {
			x += 'a' - 'A'
		}
		if y-'A' < 26 {
			y += 'a' - 'A'
		}
		if x != y {
			return false
		}
	}
	return true
}
