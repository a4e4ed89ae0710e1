"""Publication of tables to DynamoDB; needs the extra `dynamodb`. Design: docs/explanation/decisions/."""
