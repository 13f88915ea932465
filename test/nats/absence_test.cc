#include "nats/absence.h"

#include <gtest/gtest.h>

namespace weir::nats::internal {
namespace {

TEST(AbsenceTest, IsNotBelievedOfALeaderThatHasJustBegun) {
  Absence absence;
  for (int answers = 0; answers < 4; ++answers) EXPECT_FALSE(absence.is_certain_after(true));
  EXPECT_FALSE(absence.is_certain_after(false)) << "it has caught up";
  for (int answers = 0; answers < 4; ++answers) EXPECT_FALSE(absence.is_certain_after(true));
  absence.end();
  for (int answers = 0; answers < 4; ++answers) EXPECT_FALSE(absence.is_certain_after(true));
}

TEST(AbsenceTest, IsCertainOnceTheAnswersAgree) {
  Absence absence;
  int answers = 1;
  while (answers < 100 && !absence.is_certain_after(true)) ++answers;
  EXPECT_EQ(answers, 8);
}

}  // namespace
}  // namespace weir::nats::internal
