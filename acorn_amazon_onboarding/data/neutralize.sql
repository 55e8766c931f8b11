-- A copied database must never sign for a real developer.
DELETE FROM acorn_onboarding_key
 USING acorn_onboarding_developer developer
 WHERE developer.id = acorn_onboarding_key.developer_id
   AND developer.environment <> 'simulator';
DELETE FROM acorn_onboarding_import_key;
