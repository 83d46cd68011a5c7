// Package cdb reads and writes constant databases: files that map keys to
// data and are only ever replaced as a whole. Numbers are 32 bits, least
// significant byte first.
//
// A file starts with 256 pairs of position and length, one for each hash
// table. Records follow: key length, data length, key, data. The tables come
// last: pairs of a key's hash and its record's position, where position 0 is
// an empty slot. A key's table is its hash modulo 256, the first slot to look
// at is the rest of the hash modulo the table's length, and so on from there.
package cdb

import "encoding/binary"

const (
	tables     = 256
	pairSize   = 8
	headerSize = tables * pairSize
)

// hash is Bernstein's: times 33, exclusive or.
func hash(key []byte) uint32 {
	h := uint32(5381)
	for _, c := range key {
		h = h*33 ^ uint32(c)
	}
	return h
}

type pair struct{ a, b uint32 }

func (p pair) append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, p.a)
	return binary.LittleEndian.AppendUint32(b, p.b)
}

func unpack(b []byte) pair {
	return pair{binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:])}
}
