-- needs: findings
-- flags: Findings.finding_code not ten digits, or not the five numbers of two digits that stand beside it one by one
select source_row from findings
where finding_code !~ '^[0-9]{10}$'
    or finding_code <> category_no || subcategory_no || section_no || subsection_no || modifier_no
