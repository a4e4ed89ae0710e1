-- needs: findings
-- flags: Findings.finding_code not ten digits, or not the concatenation of the five two-digit columns of the same row
select source_row from findings
where finding_code !~ '^[0-9]{10}$'
    or finding_code <> category_no || subcategory_no || section_no || subsection_no || modifier_no
