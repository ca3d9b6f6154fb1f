"""The assistant: questions to a model, carried out as executions, within ceilings of money."""
