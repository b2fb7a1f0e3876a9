// tanh c and 1 − tanh² c, rounded, at the middle c of each of 32 intervals of |z|: 0 for the first, which ends at 1/8, then
// four to each octave, the last of which ends at 28.

#define TANH_FIRST_BITS 0x3FBFFFFFFFFFFFFFull  // the largest number of the first interval
#define TANH_LIMIT 20.0                        // tanh is 1 from here on

static const double tanh_middles[32] = {
    0x0.0p+0, 0x1.1e1dd055cd972p-3, 0x1.5c93072279c71p-3, 0x1.9a5f1be766507p-3,
    0x1.d7665cf9bb828p-3, 0x1.18a399e6b4846p-2, 0x1.52c2c561d8609p-2, 0x1.8a87e14b33c39p-2,
    0x1.bfae6ab9724dep-2, 0x1.05086f2f6d4b7p-1, 0x1.3157dfe9f715bp-1, 0x1.5788ff10d2998p-1,
    0x1.77d838e34057cp-1, 0x1.9e5cb5ba44d69p-1, 0x1.c278a52a4e478p-1, 0x1.d9c6fafe61c78p-1,
    0x1.e8789ecec0ddap-1, 0x1.f4bfd6c2dfd1ep-1, 0x1.fbd509ae7ae3ep-1, 0x1.fe76795d353a0p-1,
    0x1.ff6f17a754772p-1, 0x1.ffdfa72153983p-1, 0x1.fffb9f2fc1e91p-1, 0x1.ffff684fec9b9p-1,
    0x1.ffffeb78a3c73p-1, 0x1.fffffefa59d78p-1, 0x1.fffffffb352ddp-1, 0x1.ffffffffe987bp-1,
    0x1.ffffffffff96ap-1, 0x1.ffffffffffffcp-1, 0x1.0000000000000p+0, 0x1.0000000000000p+0,
};

static const double tanh_slopes[32] = {
    0x1.0000000000000p+0, 0x1.f601caf83b5d3p-1, 0x1.f12aff8148990p-1, 0x1.eb7159ba489bfp-1,
    0x1.e4dfb16796ba0p-1, 0x1.d98b36d93f99ep-1, 0x1.c7f723533c04bp-1, 0x1.b3ff2ecca4228p-1,
    0x1.9e23ae0ee447dp-1, 0x1.7aeae68113f1ap-1, 0x1.49e6bf25462f7p-1, 0x1.197fcd9875d33p-1,
    0x1.d834d2b62d5e2p-2, 0x1.615002a66a779p-2, 0x1.cea744f805278p-3, 0x1.265e33ad862f4p-3,
    0x1.6fcfa6d9f1693p-4, 0x1.64108aa4d5fe3p-5, 0x1.09a7a5dc88713p-6, 0x1.88ef67211da0bp-8,
    0x1.21a7ae3bc0d76p-9, 0x1.02bec8b634601p-11, 0x1.1832dcd3cdae3p-14, 0x1.2f5ff9d84b362p-17,
    0x1.4875bcf70ec79p-20, 0x1.05a62840e3dccp-24, 0x1.32b48bee38f1fp-30, 0x1.67852a6ff81cep-36,
    0x1.a56e0c2ac7a09p-42, 0x1.0b6c3afdde061p-50, 0x1.6f741de1748ecp-62, 0x1.f8e6c24b5592ep-74,
};
