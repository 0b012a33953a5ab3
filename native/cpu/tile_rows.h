/* FOR_ROWS(MOST, count, CALL): CALL(R) with R the constant count, or MOST for that and more. */
#ifndef GATUN_TILE_ROWS_H
#define GATUN_TILE_ROWS_H

#define FOR_ROWS(MOST, count, CALL) FOR_ROWS_UP_TO(MOST, count, CALL)
#define FOR_ROWS_UP_TO(MOST, count, CALL) FOR_ROWS_##MOST(count, CALL)

#define FOR_ROWS_2(count, CALL) \
  switch (count) {              \
    case 1: CALL(1); break;     \
    default: CALL(2);           \
  }
#define FOR_ROWS_3(count, CALL) \
  switch (count) {              \
    case 1: CALL(1); break;     \
    case 2: CALL(2); break;     \
    default: CALL(3);           \
  }
#define FOR_ROWS_4(count, CALL) \
  switch (count) {              \
    case 1: CALL(1); break;     \
    case 2: CALL(2); break;     \
    case 3: CALL(3); break;     \
    default: CALL(4);           \
  }
#define FOR_ROWS_6(count, CALL) \
  switch (count) {              \
    case 1: CALL(1); break;     \
    case 2: CALL(2); break;     \
    case 3: CALL(3); break;     \
    case 4: CALL(4); break;     \
    case 5: CALL(5); break;     \
    default: CALL(6);           \
  }

#endif
