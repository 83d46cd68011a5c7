package qclient

// settle is Close for qmail-queued. A message that was failed is not ended.
func (m *Message) settle() error {
	defer m.resident.Close()
	if m.failed {
		return refusal(54, "")
	}
	m.resident.Envelope("\x00")
	code, number, err := m.resident.Finish()
	if err != nil {
		return &Refusal{Text: "qq crashed (#4.3.0)"}
	}
	if code != 0 {
		return refusal(code, "")
	}
	m.pid = number
	return nil
}
