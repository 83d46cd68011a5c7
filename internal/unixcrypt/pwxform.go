package unixcrypt

import (
	"encoding/binary"
	"math/bits"
)

// The parameters of pwxform that flavor j stands for.
const (
	rounds   = 6
	gather   = 4
	simple   = 2
	boxWords = 256 * simple        // 64-bit words of an S-box
	boxMask  = (boxWords - 1) &^ 1 // of the index of a pair in it
)

// sBox is the three S-boxes, of which two are read while the third is written.
type sBox struct {
	s [3][]uint64
	w int
}

// newSBox fills the S-boxes by scrypt's first loop over the 128 bytes of b,
// which it replaces.
func newSBox(b []byte) *sBox {
	v := make([]uint64, 3*boxWords)
	x := load(b)
	for i := 0; i < len(v); i += len(x) {
		copy(v[i:], x)
		// Two blocks of Salsa20/8, each mixed with the other.
		var last [8]uint64
		copy(last[:], x[8:])
		for k := 0; k < len(x); k += 8 {
			xor(last[:], x[k:k+8])
			salsa(last[:], 8)
			copy(x[k:], last[:])
		}
	}
	store(b, x)
	return &sBox{s: [3][]uint64{v[2*boxWords:], v[boxWords : 2*boxWords], v[:boxWords]}}
}

// mix does a block: each 64 bytes with those before, and Salsa20/2 at the end.
func (box *sBox) mix(x []uint64) {
	var y [8]uint64
	copy(y[:], x[len(x)-8:])
	for k := 0; k < len(x); k += 8 {
		xor(y[:], x[k:k+8])
		box.transform(&y)
		copy(x[k:], y[:])
	}
	salsa(x[len(x)-8:], 2)
}

// transform is pwxform: multiplications, and reads that depend on the data.
func (box *sBox) transform(x *[8]uint64) {
	s0, s1, s2 := box.s[0][:boxWords], box.s[1][:boxWords], box.s[2][:boxWords]
	w := box.w
	for i := range rounds {
		for j := 0; j < gather*simple; j += simple {
			p0 := int(uint32(x[j])>>3) & boxMask
			p1 := int(x[j]>>35) & boxMask
			for k := range simple {
				word := x[j+k]
				word = (word>>32)*(word&0xffffffff) + s0[p0+k]
				word ^= s1[p1+k]
				x[j+k] = word
				if i != 0 && i != rounds-1 {
					s2[w] = word
					w++
				}
			}
		}
	}
	box.s[0], box.s[1], box.s[2] = box.s[2], box.s[0], box.s[1]
	box.w = w % boxWords
}

// load reads little-endian 32-bit words, two to a 64-bit one, in the order in
// which vector units want Salsa20's: place i of 16 has word 5i mod 16.
func load(b []byte) []uint64 {
	x := make([]uint64, len(b)/8)
	for i := range x {
		block, place := i/8*64, i%8*2
		low := binary.LittleEndian.Uint32(b[block+place*5%16*4:])
		high := binary.LittleEndian.Uint32(b[block+(place+1)*5%16*4:])
		x[i] = uint64(high)<<32 | uint64(low)
	}
	return x
}

// store is load's inverse.
func store(b []byte, x []uint64) {
	for i, word := range x {
		block, place := i/8*64, i%8*2
		binary.LittleEndian.PutUint32(b[block+place*5%16*4:], uint32(word))
		binary.LittleEndian.PutUint32(b[block+(place+1)*5%16*4:], uint32(word>>32))
	}
}

// salsa is the Salsa20 core with so many rounds, on 64 bytes as load has them.
func salsa(b []uint64, n int) {
	var in, x [16]uint32
	for i, word := range b[:8] {
		in[2*i*5%16], in[(2*i+1)*5%16] = uint32(word), uint32(word>>32)
	}
	x = in
	quarter := func(a, b, c, d int) {
		x[b] ^= bits.RotateLeft32(x[a]+x[d], 7)
		x[c] ^= bits.RotateLeft32(x[b]+x[a], 9)
		x[d] ^= bits.RotateLeft32(x[c]+x[b], 13)
		x[a] ^= bits.RotateLeft32(x[d]+x[c], 18)
	}
	for ; n > 0; n -= 2 {
		quarter(0, 4, 8, 12)
		quarter(5, 9, 13, 1)
		quarter(10, 14, 2, 6)
		quarter(15, 3, 7, 11)
		quarter(0, 1, 2, 3)
		quarter(5, 6, 7, 4)
		quarter(10, 11, 8, 9)
		quarter(15, 12, 13, 14)
	}
	for i := range b[:8] {
		low, high := in[2*i*5%16]+x[2*i*5%16], in[(2*i+1)*5%16]+x[(2*i+1)*5%16]
		b[i] = uint64(high)<<32 | uint64(low)
	}
}
