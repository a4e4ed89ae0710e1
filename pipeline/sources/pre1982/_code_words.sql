-- needs: nothing
-- grain: temporary view meaning_pattern: one row per field, pattern and modern code

-- Maps the meaning of a code, as given in the code list of the source file, to the code in the modern tables. The meaning decides,
-- not the letter of the code: half of the letters are known from usage only. The matching pattern of the lowest rank applies. Text
-- in parentheses is a remark. A meaning that combines two modern codes maps to none of them.
create or replace temporary view meaning_pattern as
select field, rank, pattern, modern
from (
    values
    ('ACC_INC_CLASS', 1, '^ACC', 'ACC'), ('ACC_INC_CLASS', 2, '^INC', 'INC'),
    ('INJURY_INDEX', 1, '^FATAL', 'FATL'), ('INJURY_INDEX', 2, '^SERIOUS', 'SERS'),
    ('INJURY_INDEX', 3, '^MINOR', 'MINR'), ('INJURY_INDEX', 4, '^NONE', 'NONE'),
    ('ACFT_ADAMG', 1, '^DESTROYED', 'DEST'), ('ACFT_ADAMG', 2, '^SUBSTANTIAL', 'SUBS'),
    ('ACFT_ADAMG', 3, '^MINOR', 'MINR'), ('ACFT_ADAMG', 4, '^NONE', 'NONE'),
    ('TYPE_CRAFT', 1, '^(FIXED.WING|AIRPLANE)', 'AIR'), ('TYPE_CRAFT', 2, '^(HELICOPTER|ROTORCRAFT)', 'HELI'),
    ('TYPE_CRAFT', 3, '^GLIDER', 'GLI'), ('TYPE_CRAFT', 4, '^BALLOON', 'BALL'),
    ('TYPE_CRAFT', 5, '^(BLIMP|DIRIGIBLE)', 'BLIM'), ('TYPE_CRAFT', 6, '^GYRO', 'GYRO'),
    ('TYPE_CRAFT', 7, '^ROCKET', 'RCKT'),
    ('LIGHT_COND', 1, '^DAWN', 'DAWN'), ('LIGHT_COND', 2, '^DAY', 'DAYL'), ('LIGHT_COND', 3, '^DUSK', 'DUSK'),
    ('LIGHT_COND', 4, '^NIGHT.*(BRIGHT|MOON)', 'NBRT'), ('LIGHT_COND', 5, '^NIGHT.*DARK', 'NDRK'),
    ('LIGHT_COND', 6, '^NIGHT', 'NITE'),
    ('TYPE_WEATHR', 1, '^(VFR|VMC)', 'VMC'), ('TYPE_WEATHR', 2, '^(IFR|IMC)', 'IMC'),
    ('SKY_CONDITION', 1, '^CLEAR', 'CLER'), ('SKY_CONDITION', 2, '^FEW', 'FEW'),
    ('SKY_CONDITION', 3, '^SCATTERED', 'SCAT'), ('SKY_CONDITION', 4, '^THIN BROKEN', 'BKNT'),
    ('SKY_CONDITION', 5, '^THIN OVERCAST', 'OVCT'), ('SKY_CONDITION', 6, '^PARTIAL(LY)? OBSC', 'POBS'),
    ('SKY_CONDITION', 7, '^BROKEN', 'BKN'), ('SKY_CONDITION', 8, '^OVERCAST', 'OVC'),
    ('SKY_CONDITION', 9, '^(TOTAL(LY)? )?OBSC', 'OBSC'),
    ('PILOT_INVOLED', 1, '^PILOT.IN.COMMAND', 'PLT'), ('PILOT_INVOLED', 2, '^CO.?PILOT', 'CPLT'),
    ('PILOT_INVOLED', 3, '^(DUAL )?STUDENT', 'DSTU'), ('PILOT_INVOLED', 4, '^CHECK.PILOT', 'KPLT'),
    ('MEDICAL_CERT', 1, '^(CLASS |CL)?(FIRST|1ST|I|1)( CLASS)?$', 'CL1'),
    ('MEDICAL_CERT', 2, '^(CLASS |CL)?(SECOND|2ND|II|2)( CLASS)?$', 'CL2'),
    ('MEDICAL_CERT', 3, '^(CLASS |CL)?(THIRD|3RD|III|3)( CLASS)?$', 'CL3'), ('MEDICAL_CERT', 4, '^NO(NE)?\M', 'NONE'),
    ('CERTIFICATE', 1, '\mSTUDENT', 'STU'), ('CERTIFICATE', 2, '\mPRIVATE', 'PRI'),
    ('CERTIFICATE', 3, '\mCOMMERCIAL', 'COMM'), ('CERTIFICATE', 4, '\m(AIRLINE TRANSPORT|ATR?P?\M)', 'ATP'),
    ('CERTIFICATE', 5, '\m(FLIGHT )?INSTRUCTOR', 'CFI'), ('CERTIFICATE', 6, '\mFOREIGN', 'FORN'),
    ('CERTIFICATE', 7, '\mMILITARY', 'MIL'), ('CERTIFICATE', 8, '^NONE', 'NONE'),
    ('RATING', 1, '\m(SINGLE.ENGINE LAND|SEL)\M', 'SEL'), ('RATING', 2, '\m(MULTI.?ENGINE LAND|MEL)\M', 'MEL'),
    ('RATING', 3, '\m(SINGLE.ENGINE SEA|SES)\M', 'SES'), ('RATING', 4, '\m(MULTI.?ENGINE SEA|MES)\M', 'MES'),
    ('FLIGHT_PLAN', 1, '^(NONE|NO (FLIGHT )?PLAN)', 'NONE'), ('FLIGHT_PLAN', 2, '^IFR', 'IFR'),
    ('FLIGHT_PLAN', 3, '^SPECIAL VFR', 'SVFR'), ('FLIGHT_PLAN', 4, '^VFR', 'VFR'),
    ('TYPE_POWER', 1, '^RECIP', 'REC'), ('TYPE_POWER', 2, '^TURBO.?FAN', 'TF'), ('TYPE_POWER', 3, '^TURBO.?JET', 'TJ'),
    ('TYPE_POWER', 4, '^TURBO.?PROP[^/]*$', 'TP'), ('TYPE_POWER', 5, '^TURBO.?SHAFT[^/]*$', 'TS'),
    ('LANDING_GEAR', 1, '^[^(]*RETRACT', 'RETR'), ('LANDING_GEAR', 2, '^[^(]*FIXED', 'FIXD'),
    ('OPERATION_TYPE', 1, '^(NON.?SCHED|UNSCHED)', 'NSCH'), ('OPERATION_TYPE', 2, '^SCHED', 'SCHD'),
    ('TYPE_OPERATOR', 1, '^FEDERAL.PUBLIC', 'PUBF'), ('TYPE_OPERATOR', 2, '^STATE.PUBLIC', 'PUBS'),
    ('TYPE_OPERATOR', 3, '^(MUNICIPAL|LOCAL).PUBLIC', 'PUBL'),
    ('KIND_FLY_GENA', 1, '^[^(]*INSTRUCT', 'INST'), ('KIND_FLY_GENA', 2, '^[^(]*(PLEASURE|PERSONAL|PRACTICE)', 'PERS'),
    ('KIND_FLY_GENA', 3, '^[^(]*(CORPORATE|EXECUTIVE)', 'EXEC'), ('KIND_FLY_GENA', 4, '^[^(]*BUSINESS', 'BUS'),
    ('KIND_FLY_GENA', 5, '^[^(]*AERIAL APPL', 'AAPL'), ('KIND_FLY_GENA', 6, '^[^(]*FERRY', 'FERY'),
    ('KIND_FLY_GENA', 7, '^[^(]*\mTEST', 'FLTS'), ('KIND_FLY_GENA', 8, '^[^(]*FIRE', 'FIRF')
) as mapping (field, rank, pattern, modern);
