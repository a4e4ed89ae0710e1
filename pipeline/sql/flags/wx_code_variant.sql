-- needs: events
-- flags: events.wx_cond_basic not spelled IMC, VMC or Unk as in current files (older files have UNK)
select source_row from events
where wx_cond_basic not in ('IMC', 'VMC', 'Unk')
