"""Many more ranks than cores, and than there is work for: the file is that of one rank, bit for bit."""
import unittest

from program import Case

RANKS = 64


class ManyRanks(Case):
    def test_same_bits_as_one_rank(self):
        self.write(replicas=300, updates=200)
        self.train("run.ini", "-o", "one.h5", "--quiet")
        self.train("run.ini", "-o", "many.h5", "--quiet", ranks=RANKS)
        self.assertSameData("one.h5", "many.h5")

    def test_more_ranks_than_blocks(self):
        self.write(replicas=5, updates=20)
        self.train("run.ini", "-o", "one.h5", "--quiet")
        self.train("run.ini", "-o", "many.h5", "--quiet", ranks=RANKS // 2)
        self.assertSameData("one.h5", "many.h5")


if __name__ == "__main__":
    unittest.main()
